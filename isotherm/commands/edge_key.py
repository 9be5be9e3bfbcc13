"""`isotherm edge key`: an edge's own key, made where it stays."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge.uplink.own_key import make_key, public_key


def key(
    file: Annotated[Path, typer.Argument(help="Where the edge keeps it: `uplink.key_file` in its config.")],
) -> None:
    """Make the edge's own key, here on the edge, and print the public half; again: print it once more.

    The seed stays in FILE, which only its owner may read, and never leaves this machine. Whoever runs the plant lets
    the edge in by what is printed: `isotherm deploy edge-key FOLDER EDGE PUBLIC_KEY`.
    """
    typer.echo(public_key(file) if file.exists() else make_key(file))
