"""The program `isotherm`: its commands, and the one place where an error becomes a line for a person.

Only the module of the command that was asked for is imported: an edge on a small machine pays for nothing else.
"""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType, ModuleType

import typer

from isotherm.progress import console
from telemetry.errors import Invalid, PlantError

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "demo": "demo",
        "evaluate": "evaluate",
        "qualify": "qualify",
        "up": "plant",
        "gateway": "gateway",
        "watch": "watch",
        "web": "web",
        "notify": "notify",
        "health": "health",
        "worker": "worker",
        "bench": "bench",
    }
)
"""A command and the module of isotherm/commands/ whose function of that name it is."""

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "plant": "plant",
        "policy": "policy",
        "edge": "edge",
        "sim": "sim",
        "audit": "audit",
        "rejected": "rejected",
        "report": "report",
        "epcis": "epcis",
        "models": "models",
        "db": "database",
        "deploy": "deploy",
    }
)
"""A group of commands and the module whose `app` it is."""


class FileUnusable(Invalid):
    """A file or folder that was named can't be used."""


def build(words: Sequence[str] = ()) -> typer.Typer:
    """The command line; with words only what they ask for, where that can be told from the first of them."""
    app = typer.Typer(
        help="Shop-floor MES with cold-chain monitoring: one provable chain from a sensor's register to a signature.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_whole)
    asked = words[0] if words else ""
    known = asked in COMMANDS or asked in GROUPS
    for name, module in COMMANDS.items():
        if not known or name == asked:
            app.command(name)(getattr(_module(module), name))
    for name, module in GROUPS.items():
        if not known or name == asked:
            app.add_typer(_module(module).app, name=name)
    return app


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("asyncua", "pymodbus", "nats", "httpx", "psycopg.pool", "procrastinate", "fontTools", "weasyprint"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        build(sys.argv[1:])()
    except PlantError as error:
        _tell(error)
        sys.exit(2)
    except OSError as error:
        if error.filename is None and error.errno != errno.ENOSPC:  # not about a file that somebody named: a defect
            raise
        _tell(FileUnusable(file=error.filename or "standard output", reason=error.strerror))
        sys.exit(2)
    except KeyboardInterrupt:  # before anything runs that stops in order
        sys.exit(130)


def _tell(error: PlantError) -> None:
    """What went wrong, then each fact on a line; what is a list, such as mistakes by file and line, a line each."""
    console.print(f"[red]{error.code}[/red] {error.title}", soft_wrap=True)
    for fact, value in error.facts.items():
        if isinstance(value, list | tuple):
            for each in value:
                console.print(f"  {each}", markup=False, soft_wrap=True)
        else:
            console.print(f"  {fact}: {value}", markup=False, soft_wrap=True)


def _whole() -> None:
    """Shop-floor MES with cold-chain monitoring: one provable chain from a sensor's register to a signature."""


def _module(name: str) -> ModuleType:
    return import_module(f"isotherm.commands.{name}")
