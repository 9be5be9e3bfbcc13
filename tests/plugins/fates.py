"""The table of the fault stories: `--full` lets each fault take its time, `--table FILE` keeps the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

HEAD = ("fault", "lasts", "protocol", "taken", "stored", "missing", "bound", "duplicate", "wrongly named", "back after")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--full", action="store_true", help="faults of 30 s and a backlog of a whole day, not of seconds")
    group.addoption("--table", type=Path, default=None, metavar="FILE", help="write the table of fates to this file")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.getreports(kind)]
    reports.sort(key=lambda each: each.start)
    rows = [value for each in reports if each.when == "call" for name, value in each.user_properties if name == "fate"]
    if not rows:
        return
    text = "\n".join(table(rows))
    terminalreporter.section("what became of the readings")
    terminalreporter.write_line(text)
    if path := config.getoption("--table"):
        path.write_text(text + "\n", "utf-8")


def table(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Lines of a Markdown table, and beneath it why a bound is not zero."""
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    reasons: dict[str, None] = {}
    for row in rows:
        cells = [row["fault"], row["lasts"], row["protocol"], row["taken"], row["stored"], row["missing"]]
        cells += [row["bound"], row["duplicate"], row["misnamed"], f"{row['back_s']:g} s"]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
        if row["why"]:
            reasons[f"bound of {row['fault']}, {row['protocol']}: {row['why']}"] = None
    return [*lines, "", *reasons]
