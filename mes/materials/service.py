"""What other slices ask of materials: a batch's lines, issue, return, and what an operation's end still lacks.

Other slices import from here only.
"""

from __future__ import annotations

from mes.materials.accounts import IssueNotFound as IssueNotFound
from mes.materials.accounts import KeyOfAnotherScan as KeyOfAnotherScan
from mes.materials.accounts import closed_lines as closed_lines
from mes.materials.accounts import issue as issue
from mes.materials.accounts import issues as issues
from mes.materials.accounts import lines as lines
from mes.materials.accounts import return_material as return_material
from mes.materials.accounts import returns as returns
from mes.materials.dispensings import dispensings as dispensings
from mes.materials.issuing import Issued as Issued
from mes.materials.issuing import IssueRefused as IssueRefused
from mes.materials.issuing import Override as Override
from mes.materials.issuing import issue_material as issue_material
