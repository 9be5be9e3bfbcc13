"""The protocol of a qualification: what was installed, every answer with its verdict, a digest, room to sign."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards.reports.printing import to_pdf
from dashboards.reports.sheet import Sheet, digest_of, plain
from isotherm.qualifying.answers import Answer, Part, said

NUMBER = 1
"""Of the protocol's form: what it holds and how it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One qualification."""

    made_at: datetime
    made_by: str
    program: Mapping[str, Any]
    database: Mapping[str, Any] | None  # None: only the program was asked
    answers: Sequence[Answer]

    @property
    def failed(self) -> list[Answer]:
        """Answers that are not what they must be."""
        return [each for each in self.answers if not each.passed]

    @property
    def passed(self) -> bool:
        """Everything asked is as it must be."""
        return bool(self.answers) and not self.failed

    def content(self) -> dict[str, Any]:
        """Everything that it says, as JSON knows it; infinite numbers as text."""
        return {
            "protocol": NUMBER,
            "made_at": plain(self.made_at),
            "made_by": self.made_by,
            "program": dict(self.program),
            "database": dict(self.database) if self.database is not None else None,
            "answers": [
                {
                    "id": each.id,
                    "part": each.part.value,
                    "expected": said(each.expected),
                    "found": said(each.found),
                    "tolerance": each.tolerance,
                    "passed": each.passed,
                }
                for each in self.answers
            ],
            "passed": self.passed,
        }


def as_json(protocol: Protocol) -> str:
    """The protocol for programs, with the digest that stands on the PDF as well."""
    content = protocol.content()
    return json.dumps(content | {"sha256": digest_of(content)}, ensure_ascii=False, indent=2) + "\n"


def as_pdf(protocol: Protocol, language: str) -> bytes:
    """The protocol for people. Raises PrintingLibrariesMissing."""
    content = protocol.content()
    sheet = Sheet(
        title="Qualification protocol (IQ and OQ)",
        made_at=protocol.made_at,
        made_by=protocol.made_by,
        data_sha256=digest_of(content),
        signable=False,  # it is signed by hand, by people who may have no account yet
    )
    parts = [(part, [each for each in content["answers"] if each["part"] == part]) for part in Part]
    view = {"sheet": sheet, "protocol": content, "parts": [each for each in parts if each[1]]}
    return to_pdf(
        "reports/qualify.html", language, view | {"failed": [a for a in content["answers"] if not a["passed"]]}
    )
