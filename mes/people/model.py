"""People, what they may do, and what their signatures say.

Roles and meanings are closed sets: a guard that names one of them can be read against the plant's SoD matrix.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from telemetry.chain import canonical, stamp


class Role(StrEnum):
    OPERATOR = "operator"  # executes and signs steps
    LEAD = "lead"  # of a line: verifies, overrides with a reason
    QC = "qc"  # laboratory
    QA = "qa"  # judges lots, deviations, excursions
    QP = "qp"  # certifies batches
    MAINTENANCE = "maintenance"
    ENGINEER = "engineer"
    WAREHOUSE = "warehouse"
    ADMIN = "admin"  # people, roles, keys; no right to GxP data


class Meaning(StrEnum):
    """What a signature says about the record (21 CFR 11.50)."""

    PERFORMED = "performed"
    VERIFIED = "verified"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    RELEASED = "released"
    REJECTED = "rejected"
    AUTHORED = "authored"
    ACKNOWLEDGED = "acknowledged"

    @classmethod
    def _missing_(cls, value: object) -> Meaning | None:
        """Capitals are the same word."""
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: int
    username: str
    printed_name: str
    language: str  # zh, en
    roles: list[str]
    active: bool
    failures: int  # wrong passwords in a row
    locked_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Credentials:
    """The two components of a signature or of a sign-in (21 CFR 11.200), and where they were typed."""

    username: str
    password: str = field(repr=False)
    terminal: str = ""  # address


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    id: int
    person_id: int
    printed_name: str  # as it was then
    role: str  # by which the person might sign
    meaning: Meaning
    reason: str
    record_type: str
    record_id: str
    record_version: int
    content_sha256: str
    terminal: str
    signed_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "meaning", Meaning(self.meaning))


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature as it is shown: with whether the record still says what was signed (21 CFR 11.70)."""

    signature: Signature
    is_kept: bool  # False: its own copy of what was signed is not what was hashed
    differs: tuple[str, ...]  # facts of the record that are not what was signed

    @property
    def valid(self) -> bool:
        """Whether it still stands for the record."""
        return self.is_kept and not self.differs


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    id: int
    name: str
    roles: list[str]
    created_at: datetime
    revoked_at: datetime | None


def written(content: Mapping[str, object]) -> str:
    """The one text of what is signed: canonical JSON, moments in UTC, decimals and other values as their text."""
    return canonical(json.loads(json.dumps(dict(content), default=_text, allow_nan=False)))


def digest(text: str) -> str:
    """SHA-256 in 64 hex digits."""
    return sha256(text.encode()).hexdigest()


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return stamp(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
