"""The program `isotherm`: its commands, and the one place where an error becomes a line for a person."""

from __future__ import annotations

import logging
import sys

import typer

from isotherm.commands import audit, bench, database, demo, deploy, edge, plant, programs, rejected, sim
from isotherm.progress import console
from telemetry.errors import PlantError

app = typer.Typer(
    help="Shop-floor MES with cold-chain monitoring: one provable chain from a sensor's register to a signature.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("up")(plant.up)
app.command("gateway")(programs.gateway)
app.command("watch")(programs.watch)
app.command("web")(programs.web)
app.command("bench")(bench.bench)
for name, group in {
    "edge": edge.app,
    "sim": sim.app,
    "plant": plant.app,
    "audit": audit.app,
    "db": database.app,
    "rejected": rejected.app,
    "deploy": deploy.app,
}.items():
    app.add_typer(group, name=name)


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("asyncua", "pymodbus", "nats", "httpx", "psycopg.pool"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        app()
    except PlantError as error:
        console.print(f"[red]{error.code}[/red] {error.title}")
        for fact, value in error.facts.items():
            console.print(f"  {fact}: {value}", markup=False)
        sys.exit(2)
