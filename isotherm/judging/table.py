"""What was judged, for the terminal: a table a set, the model's figures beside those of answers that know nothing."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from rich.console import Console
from rich.table import Table
from rich.text import Text

from isotherm.judging.report import Figures, SetReport
from isotherm.judging.running import Judged

_WIDE = 150
"""Columns where nobody looks at a screen: a file, a pipe."""

_NUMBERS = ("events", "false_alerts")


def show(judged: Judged) -> None:
    """Print it."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDE)
    for report, taken in zip(judged.reports, judged.seconds, strict=True):
        _set(console, report, taken)
    for failed in judged.failed:
        console.print(f"{failed.name}  could not be judged: {failed.reason}", markup=False, style="red")
    if judged.missing:
        console.print(f"Not in {judged.data}: {', '.join(judged.missing)}.", markup=False, style="dim")


def _set(console: Console, report: SetReport, taken: float) -> None:
    head = f"  {report.files} files, {report.tried} configurations were tried, {taken:.1f} s"
    console.print(Text.assemble((report.name, "bold"), head))
    console.print(_table(report))
    said = ", ".join(f"{name} {_setting(value)}" for name, value in report.configuration.items())
    console.print(f"configuration: {said}", markup=False, style="dim")
    for note in report.notes:
        console.print(f"! {note}", markup=False)
    console.print()


def _table(report: SetReport) -> Table:
    table = Table("", box=None, header_style="dim", pad_edge=False)
    table.add_column("model", justify="right", style="bold")
    if report.spread:
        table.add_column("of the seeds", justify="right")
    for name in report.baselines:
        table.add_column(name, justify="right", max_width=14)
    for title, figures in (("primary", report.primary), ("secondary", report.secondary)):
        if figures:
            table.add_row(Text(title, style="dim"))
        for name, value in figures.items():
            beside = _beside(name, report.baselines.values())
            if value != value and not "".join(beside).strip("-"):
                continue  # nobody had anything to count
            spread = [_range(name, report.spread.get(name))] if report.spread else []
            table.add_row(f"  {name}", figure(name, value), *spread, *beside)
    return table


def _range(name: str, spread: tuple[float, float] | None) -> str:
    """From the lowest to the highest."""
    if spread is None or spread[0] != spread[0]:
        return "-"
    return " to ".join(figure(name, end) for end in spread)


def _beside(name: str, baselines: Iterable[Figures]) -> list[str]:
    return [figure(name, each[name]) if name in each else "" for each in baselines]


def figure(name: str, value: float) -> str:
    """As many digits as mean something; a dash where there was nothing to count."""
    if not isfinite(value):
        return "-" if value != value else str(value)
    if abs(value) >= 1e7:
        return f"{value:.1e}"
    if name in _NUMBERS or (value == int(value) and abs(value) >= 10):
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def _setting(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
