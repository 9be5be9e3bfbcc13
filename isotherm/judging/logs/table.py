"""A judged log for the terminal: when, why, and which signals have most to do with it."""

from __future__ import annotations

from datetime import UTC, tzinfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from isotherm.judging.logs.alerts import LogAlert, MachineAlerts
from isotherm.judging.logs.judging import LogJudged
from models.health.api import Contribution
from telemetry.clock import from_us

_SHOWN = 50
_LINES = 10
_WIDE = 150


def show(judged: LogJudged, zone: tzinfo | None) -> None:
    """Print it; moments in the zone that was named, else in UTC."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDE)
    account = judged.log.account
    console.print(Text.assemble((judged.file, "bold"), f"  {account.lines} lines"))
    for told in judged.machines:
        _machine(console, told, zone or UTC)
    for unreadable in account.unreadable[:_LINES]:
        console.print(f"  line {unreadable.line}: {unreadable.reason}: {unreadable.text}", markup=False, style="yellow")
    if len(account.unreadable) > _LINES:
        console.print(f"  and {len(account.unreadable) - _LINES} more: --json lists all", style="yellow")
    for note in judged.notes:
        console.print(f"! {note}", markup=False)


def _machine(console: Console, told: MachineAlerts, zone: tzinfo) -> None:
    signals = ", ".join(told.signals)
    console.print(f"{told.name or 'the machine'}: {signals}; {', '.join(told.models)}", markup=False)
    console.print(f"{told.learned} rows learned from, {told.judged} judged ({told.days_judged:.2f} days)")
    if told.alerts:
        console.print(_alerts(told, zone))
    else:
        console.print("No alert.", style="green")
    if told.plain:
        plain = ", ".join(f"{name}: {n}" for name, n in told.plain.items())
        console.print(f"Plain limits would have told (times): {plain}.", markup=False, style="dim")
    for note in told.notes:
        console.print(f"! {note}", markup=False)


def _alerts(told: MachineAlerts, zone: tzinfo) -> Table:
    table = Table("from", "until", "cause", box=None, header_style="dim", pad_edge=False)
    table.add_column("signals: deviations, value (expected)", overflow="fold")
    for alert in told.alerts[:_SHOWN]:
        table.add_row(_at(alert.at_us, zone), _at(alert.until_us, zone), alert.cause, _behind(alert))
    if len(told.alerts) > _SHOWN:
        table.add_row(f"and {len(told.alerts) - _SHOWN} more")
    return table


def _behind(alert: LogAlert) -> str:
    return "; ".join(_one(each) for each in alert.contributions)


def _one(each: Contribution) -> str:
    return f"{each.signal}: {each.contribution:+.1f}, {each.value:.5g} ({each.expected:.5g})"


def _at(moment_us: int, zone: tzinfo) -> str:
    return from_us(moment_us).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S%z")
