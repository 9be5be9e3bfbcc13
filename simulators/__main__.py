"""`python -m simulators SETTINGS.json`: run the simulated plant from a file with the fields of `settings.Settings`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from simulators.plant import run
from simulators.settings import Settings


def read(path: Path) -> Settings:
    """Settings from JSON; paths are texts, `mqtt` is [host, port]."""
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name in ("ready", "control", "labels"):
        facts[name] = Path(facts[name]) if facts.get(name) else None
    facts["mqtt"] = tuple(facts["mqtt"]) if facts.get("mqtt") else None
    return Settings(**facts)


if __name__ == "__main__":
    asyncio.run(run(read(Path(sys.argv[1]))))
