"""The hash chain of the audit trail: each row's hash covers the row before, so that no row can change unseen.

hash = SHA-256(previous hash's 32 bytes, then the row as canonical JSON: keys sorted, no spaces, UTF-8).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64
"""The previous hash of the first row."""


def canonical(value: object) -> str:
    """The one way in which a value is written for hashing."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def link(previous: str, row: Mapping[str, Any]) -> str:
    """Hash of a row that follows the row with hash `previous`; both are 64 hex digits."""
    return sha256(bytes.fromhex(previous) + canonical(row).encode()).hexdigest()


def around_seq(row: Mapping[str, Any]) -> tuple[str, str]:
    """The canonical text of a row that has no `seq` yet, before and behind its number: the database gives it."""
    before = canonical({key: value for key, value in row.items() if key < "seq"})
    behind = canonical({key: value for key, value in row.items() if key > "seq"})
    return f'{before[:-1]},"seq":', f",{behind[1:]}"


def stamp(at: datetime) -> str:
    """A moment as rows write it: UTC, six decimals, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
