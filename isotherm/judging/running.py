"""Sets are judged one after the other; one whose files are broken says so and stops no other."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from isotherm.judging.files import DataSet, found_in, judge_of
from isotherm.judging.report import SetReport
from isotherm.progress import step
from telemetry.errors import PlantError

UNREADABLE = (PlantError, OSError, ValueError, KeyError, IndexError, ModuleNotFoundError)
"""What files raise that are not what they are called, or a judge whose library is not installed."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A set that is there and could not be judged."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """All that was asked for."""

    data: str
    seed: int
    reports: tuple[SetReport, ...]
    seconds: tuple[float, ...]  # of each
    missing: tuple[str, ...]
    failed: tuple[Failed, ...]


def judge_all(data: Path, wanted: Iterable[DataSet] = (), *, seed: int) -> Judged:
    """What is found is judged, what is not is told. Raises NothingToJudge."""
    asked = tuple(wanted) or tuple(DataSet)
    found = found_in(data, asked)
    reports, seconds, failed = [], [], []
    for each, folder in found.items():
        began = time.monotonic()
        try:
            with step(f"{each.value}: {folder}"):
                reports.append(judge_of(each)(folder, seed=seed))
                seconds.append(time.monotonic() - began)
        except UNREADABLE as reason:
            failed.append(Failed(each.value, _told(reason)))
    missing = tuple(each.value for each in asked if each not in found)
    return Judged(str(data), seed, tuple(reports), tuple(seconds), missing, tuple(failed))


def as_json(judged: Judged) -> dict[str, Any]:
    """For programs: the same names as on the terminal; where there was nothing to count, null."""
    told = [
        asdict(report) | {"seconds": round(taken, 1)}
        for report, taken in zip(judged.reports, judged.seconds, strict=True)
    ]
    whole = asdict(judged) | {"reports": told}
    del whole["seconds"]
    plain: dict[str, Any] = _plain(whole)
    return plain


def _plain(value: Any) -> Any:
    """Only what JSON knows."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bool | str | int | None):
        return value
    number = getattr(value, "item", lambda: value)()  # a number of numpy's is one of Python's
    if isinstance(number, float):
        return number if isfinite(number) else None
    return number if isinstance(number, bool | int) else str(value)


def _told(reason: Exception) -> str:
    if isinstance(reason, PlantError):
        return ", ".join([f"{reason.code}: {reason.title}", *(f"{fact} {told}" for fact, told in reason.facts.items())])
    return f"{type(reason).__name__}: {reason}"
