"""`isotherm sim`: the simulated machines of the demo plant, and their faults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isotherm.progress import console
from telemetry.errors import Unavailable

app = typer.Typer(help="The simulated machines, and their faults.", no_args_is_help=True)
Var = Annotated[Path, typer.Option(help="Folder of the running demo plant.")]


class NoSimulators(Unavailable):
    """No simulators run in this folder. Start the demo plant first: make demo."""


def socket_of(var: Path) -> Path:
    """Where the simulators of a plant take orders."""
    return var / "run" / "sim.sock"
