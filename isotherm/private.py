"""Files with passwords and keys in them: only their owner can read them, and none is ever there by half."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_private(path: Path, text: str) -> None:
    """Write text that only its owner may read; a reader finds the old or the new file, never half of one."""
    half = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(half, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)


def keep_private(path: Path, text: str) -> str:
    """What stands in the file; where there is none, it is written with `text` first."""
    if not path.exists():
        write_private(path, text)
    return path.read_text("utf-8")


def write_facts(path: Path, facts: Mapping[str, Any]) -> None:
    """Write facts as JSON that only its owner may read."""
    write_private(path, json.dumps(facts, ensure_ascii=False, indent=2))


def read_facts(path: Path) -> dict[str, Any]:
    """What `write_facts` wrote; nothing where there is no file."""
    facts: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return facts
