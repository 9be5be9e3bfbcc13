"""The batch record, as other slices look at it and take it further. What is done in a batch has modules of its own:
`execution` (operations), `steps`, `keeping` (values and captures), `clearing`, `yields`.
"""

from __future__ import annotations

from mes.batches.clearing import check_clearance as check_clearance
from mes.batches.clearing import record_clearance as record_clearance
from mes.batches.execution import against as against
from mes.batches.execution import choose_machine as choose_machine
from mes.batches.execution import complete_operation as complete_operation
from mes.batches.execution import pause_operation as pause_operation
from mes.batches.execution import resume_operation as resume_operation
from mes.batches.execution import scene as scene
from mes.batches.execution import skip_operation as skip_operation
from mes.batches.execution import start_operation as start_operation
from mes.batches.hands import Hand as Hand
from mes.batches.hands import operation_content as operation_content
from mes.batches.hands import step_content as step_content
from mes.batches.judging import Yield as Yield
from mes.batches.keeping import correct_value as correct_value
from mes.batches.keeping import look_again as look_again
from mes.batches.keeping import value_row as value_row
from mes.batches.model import BATCHES as BATCHES
from mes.batches.model import BatchFacts as BatchFacts
from mes.batches.records import BatchNotFound as BatchNotFound
from mes.batches.records import batch as batch
from mes.batches.records import batch_named as batch_named
from mes.batches.records import batch_of as batch_of
from mes.batches.records import batches as batches
from mes.batches.records import batches_consuming as batches_consuming
from mes.batches.records import captures as captures
from mes.batches.records import clearances as clearances
from mes.batches.records import operation as operation
from mes.batches.records import operations as operations
from mes.batches.records import print_record as print_record
from mes.batches.records import prints as prints
from mes.batches.records import step as step
from mes.batches.records import step_batch as step_batch
from mes.batches.records import steps as steps
from mes.batches.records import steps_of as steps_of
from mes.batches.records import values as values
from mes.batches.snapshot import record_in as record_in
from mes.batches.steps import Entry as Entry
from mes.batches.steps import report as report
from mes.batches.steps import skip_step as skip_step
from mes.batches.steps import verify_step as verify_step
from mes.batches.yields import yields as yields
