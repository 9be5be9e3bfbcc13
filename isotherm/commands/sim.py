"""`isotherm sim`: the simulated machines of the demo plant, their faults, and what lies on the scale."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from isotherm.evaluating.rules import duration_s
from isotherm.progress import console
from simulators import control

app = typer.Typer(help="The simulated machines of the demo plant, and their faults.", no_args_is_help=True)
Var = Annotated[Path, typer.Option(help="Folder of the running demo plant.")]
Target = Annotated[str, typer.Argument(help="A machine: cold-room-2, truck-1, line-1 ... See: isotherm sim list")]


def socket_of(var: Path) -> Path:
    """Where the simulators of a plant take commands."""
    return var / "run" / "sim.sock"


@app.command()
def fault(
    target: Target,
    name: Annotated[str, typer.Argument(metavar="FAULT", help="A fault: compressor-failure, door-left-open ...")],
    measure: Annotated[str | None, typer.Option(help="For probe faults: which measure of the machine.")] = None,
    over: Annotated[
        str | None, typer.Option(help="For wears and drifts: 10d, 12h ... of the plant's time from new to worn out.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Mend it instead.")] = False,
    var: Var = Path("var"),
) -> None:
    """Make a fault happen, or mend it: isotherm sim fault cold-room-2 refrigerant-loss --over 10d"""
    if clear:
        answer = control.switch_off(socket_of(var), target, name, measure)
    else:
        over_s = None if over is None else duration_s(over)
        answer = control.switch_on(socket_of(var), target, name, measure, over_s)
    changed = answer.get("changed") or answer.get("cleared")
    words = ("mended" if clear else "begins") if changed else ("was not broken" if clear else "happens already")
    console.print(f"{name} at {target}: {words}")


@app.command()
def put(
    target: Annotated[str, typer.Argument(help="A scale: scale-1")],
    grams: Annotated[float, typer.Argument(min=0, help="What lies on it then, in all; 0 takes everything off.")],
    var: Var = Path("var"),
) -> None:
    """Lay a weight on a scale: isotherm sim put scale-1 500"""
    answer = control.put(socket_of(var), target, grams)
    console.print(f"on {target}: {answer['load_g']:g} g")


@app.command("list")
def list_(var: Var = Path("var")) -> None:
    """Show what can go wrong where, and what is wrong now."""
    answer = control.listing(socket_of(var))
    active = {(each["fault"], each["target"]) for each in answer["active"]}
    table = Table("fault", "what it does", "machines (now faulty in red)")
    for each in answer["faults"]:
        table.add_row(each["name"], each["says"], ", ".join(_shown(each, target, active) for target in each["targets"]))
    console.print(table)


@app.command()
def labels(var: Var = Path("var")) -> None:
    """Show the truth: what was made to go wrong, from when to when, and how far it had come."""
    table = Table("fault", "machine", "measure", "from", "to", "severity")
    for row in control.labels(socket_of(var))["labels"]:
        reached = f"{row['course'][-1][1]:.2f}" if row["course"] else "-"
        table.add_row(row["fault"], row["target"], row["measure"] or "", row["from"], row["to"] or "goes on", reached)
    console.print(table)


@app.command()
def status(var: Var = Path("var")) -> None:
    """Show the last reading of every point, straight from the machines."""
    answer = control.status(socket_of(var))
    console.print(f"{answer['at']}, physics {answer['speed']} times as fast as the clock")
    table = Table("point", "value")
    for point, value in answer["readings"].items():
        table.add_row(point, "[red]no value[/red]" if value is None else f"{value:.2f}")
    console.print(table)


def _shown(each: dict[str, Any], target: str, active: set[tuple[str, str]]) -> str:
    return f"[red]{target}[/red]" if (each["name"], target) in active else target
