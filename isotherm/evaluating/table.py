"""An evaluation for the terminal: what was found, a small curve a point, and what the verdict means."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from isotherm.evaluating import narrow
from isotherm.evaluating.course import iso
from isotherm.evaluating.judging import Evaluation, Point
from isotherm.evaluating.narrow import SHOWN as _SHOWN
from isotherm.evaluating.narrow import verdict
from isotherm.evaluating.notes import Note
from isotherm.evaluating.words import degrees, duration, figures, share
from models.columns import Columns
from models.policy import Level

_BARS = "▁▂▃▄▅▆▇█"


def show(evaluation: Evaluation, file: str, notes: Iterable[Note]) -> None:
    """Print it."""
    console = Console(highlight=False)
    policy, account = evaluation.policy, evaluation.readings.account
    console.print(Text.assemble((file, "bold"), f"  by {policy.code}@{policy.version}  {policy.title_en}"))
    console.print(f"{iso(int(evaluation.readings.columns.time_us.min()))} to {iso(evaluation.until_us)}")
    wide = console.width >= narrow.WIDTH
    console.print(_points(evaluation, curves=wide))
    if not wide:
        console.print(_curves(evaluation, console.width))
    for level in (Level.ALARM, Level.CRITICAL, Level.WARN):
        if evaluation.episodes.get(level):
            console.print((_episodes if wide else narrow.episodes)(evaluation, level))
    if not evaluation.episodes.get(Level.ALARM):
        console.print("No reading was out of the limits.", style="green")
    console.print(_checks(evaluation) if wide else narrow.checks(evaluation.checks))
    console.print(
        f"{account.lines} lines, {len(evaluation.readings.columns)} readings, "
        f"{sum(point.bad for point in evaluation.points)} of them without a value, {account.duplicates} duplicates, "
        f"{account.blank} blank lines, {len(account.unreadable)} that could not be read."
    )
    for unreadable in account.unreadable[:_SHOWN]:
        console.print(f"  line {unreadable.line}: {unreadable.reason}: {unreadable.text}", markup=False, style="yellow")
    if len(account.unreadable) > _SHOWN:
        console.print(f"  and {len(account.unreadable) - _SHOWN} more: --json lists all", style="yellow")
    for note in notes:
        console.print(f"! {note}", markup=False)
    _verdict(console, evaluation)


def _verdict(console: Console, evaluation: Evaluation) -> None:
    if evaluation.passes:
        said = "Every check on which the verdict rests passes. It is advice; QA decides."
        console.print(Text.assemble(("PASS", "bold green"), f"  {said}"))
    else:
        failed = ", ".join(c.rule.value for c in evaluation.checks if not c.passed and not c.advisory)
        said = f"Not passed: {failed}. Somebody with the product's stability data must decide."
        console.print(Text.assemble(("ESCALATE", "bold red"), f"  {said}"))


def _points(evaluation: Evaluation, *, curves: bool) -> Table:
    table = Table("point", box=None, header_style="dim", pad_edge=False)
    if curves:
        table.add_column("")
    for name in ("readings", "min °C", "max °C", "MKT °C", "worst window °C", "known"):
        table.add_column(name, justify="right")
    for point in evaluation.points[:_SHOWN]:
        table.add_row(
            point.name or "-",
            *([curve(_own(evaluation, point), 32)] if curves else []),
            str(point.readings),
            degrees(point.lowest),
            degrees(point.highest),
            _celsius(point.mean.kinetic_c),
            _celsius(point.worst.mean.kinetic_c) if point.worst else "",
            share(point.completeness),
        )
    if len(evaluation.points) > _SHOWN:
        table.add_row(f"and {len(evaluation.points) - _SHOWN} more")
    return table


def _curves(evaluation: Evaluation, width: int) -> Table:
    """A curve a line, as long as the terminal is wide."""
    table = Table("point", "from the first reading to the last", box=None, header_style="dim", pad_edge=False)
    shown = evaluation.points[:_SHOWN]
    longest = max(len("point"), *(len(point.name or "") for point in shown))
    for point in shown:
        table.add_row(point.name or "-", curve(_own(evaluation, point), max(8, width - longest - 2)))
    return table


def _own(evaluation: Evaluation, point: Point) -> Columns:
    return evaluation.readings.of(evaluation.readings.names.index(point.name))


def curve(columns: Columns, width: int) -> str:
    """The highest value of each part of the time, as bars; a space where nothing was read."""
    known = ~np.isnan(columns.value)
    time, value = columns.time_us[known], columns.value[known]
    if not len(time):
        return ""
    length = max(1, int(columns.time_us[-1] - columns.time_us[0]))
    part = np.minimum((time - columns.time_us[0]) * width // length, width - 1)
    tops = np.full(width, -np.inf)
    np.maximum.at(tops, part, value)
    low, high = float(value.min()), float(value.max())
    steps = np.clip((tops - low) / ((high - low) or 1) * len(_BARS), 0, len(_BARS) - 1)
    return "".join(_BARS[int(step)] if isfinite(top) else " " for step, top in zip(steps, tops, strict=True))


def _episodes(evaluation: Evaluation, level: Level) -> Table:
    found = evaluation.episodes[level]
    table = Table(title=f"{level.value}: {len(found)} out of limits", title_justify="left", box=None, pad_edge=False)
    for name in ("point", "side", "start", "end", "known", "unknown", "worst case", "alarm raised"):
        table.add_column(name, header_style="dim", overflow="fold")
    table.add_column("peak °C", justify="right", header_style="dim")
    for point, episode in found[:_SHOWN]:
        table.add_row(
            point or "-",
            episode.side.value,
            iso(episode.start_us),
            "still out" if episode.end_us is None else iso(episode.end_us),
            duration(episode.known_s),
            duration(episode.unknown_s),
            duration(episode.worst_case_s),
            "no" if episode.raised_us is None else iso(episode.raised_us),
            degrees(episode.peak),
        )
    if len(found) > _SHOWN:
        table.add_row(f"and {len(found) - _SHOWN} more")
    return table


def _checks(evaluation: Evaluation) -> Table:
    table = Table("check", "verdict", "figures", "citation", box=None, header_style="dim", pad_edge=False)
    for check in evaluation.checks:
        table.add_row(check.rule.value, verdict(check), figures(check), check.citation + "*" * check.confirm)
    return table


def _celsius(value: float) -> str:
    return f"{value:.4f}" if isfinite(value) else ""
