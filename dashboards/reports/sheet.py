"""What stands around every document: what it is about, of which plant and time, who made it when, what proves it.

The digest is over the content, not the file: canonical JSON of everything that the template got, so that a PDF in
Chinese and one in English of the same facts carry the same digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any

from mes.people.model import Signature
from telemetry.chain import canonical, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Head, foot and signature block of a document."""

    title: str  # English, is translated where it is printed
    subject_en: str = ""
    subject_zh: str = ""
    number: str = ""  # empty: it is not kept
    version: int = 1  # of reports about the same
    plant_en: str = ""
    plant_zh: str = ""
    period: tuple[datetime, datetime] | None = None  # half open
    made_by: str = ""
    made_at: datetime
    data_sha256: str = ""
    template_version: int = 1
    signable: bool = True  # whether it has a signature block
    signatures: Sequence[Signature] = ()


def plain(content: object) -> Any:
    """Any content as JSON knows it: fields by name, moments in UTC, decimals and codes as text, NaN as null."""
    if is_dataclass(content) and not isinstance(content, type):
        return {field.name: plain(getattr(content, field.name)) for field in fields(content)}
    if isinstance(content, Enum):
        return content.value
    if isinstance(content, datetime):
        return stamp(content)
    if isinstance(content, Decimal):
        return f"{content:f}"
    if isinstance(content, float):
        return content if abs(content) < float("inf") else None  # NaN compares as false
    return content if content is None or isinstance(content, bool | int | str) else _parts(content)


def _parts(content: object) -> Any:
    if isinstance(content, Mapping):
        return {str(key): plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple | set | frozenset):
        parts = [plain(each) for each in content]
        return sorted(parts, key=str) if isinstance(content, set | frozenset) else parts
    if isinstance(content, date):
        return content.isoformat()
    raise TypeError(f"a document can't say what a {type(content).__name__} is")


def digest_of(content: object) -> str:
    """SHA-256 of the canonical JSON of a content, in 64 hex digits."""
    return sha256(written(content).encode()).hexdigest()


def written(content: object) -> str:
    """The canonical JSON of a content: the text whose digest is printed on the document."""
    return canonical(json.loads(json.dumps(plain(content), allow_nan=False)))
