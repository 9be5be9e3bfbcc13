"""`isotherm deploy`: what an installation in containers needs before its first start."""

from __future__ import annotations

import os
import secrets as randomness
from pathlib import Path
from typing import Annotated

import typer

from isotherm.engines import nats
from isotherm.private import keep_private
from isotherm.progress import console

app = typer.Typer(help="What an installation in containers needs.", no_args_is_help=True)
_PROGRAMS_UID = 10001  # user `isotherm` of the image


@app.callback()
def _group() -> None:
    """What an installation in containers needs."""


@app.command()
def secrets(
    folder: Annotated[Path, typer.Argument(help="Where to write them; files that are there already stay as they are.")],
    site: Annotated[str, typer.Option(help="The plant's site, as in its points' names.")] = "hainan",
    edge: Annotated[list[str] | None, typer.Option(help="Name of an edge; give it once for each.")] = None,
) -> None:
    """Make passwords, connection strings, and the users of NATS with the rights that each needs."""
    folder.mkdir(parents=True, exist_ok=True)
    owner = keep_private(folder / "owner_password", randomness.token_urlsafe(24))
    programs = keep_private(folder / "app_password", randomness.token_urlsafe(24))
    keep_private(folder / "database_owner_url", f"postgresql://isotherm_owner:{owner}@database/isotherm")
    keep_private(folder / "database_url", f"postgresql://isotherm_app:{programs}@database/isotherm")
    server = nats.prepare(folder, 4222, 1883, site=site, edges=edge or [], listen="0.0.0.0", store="/data")
    for user, password in server.passwords.items():
        keep_private(folder / f"nats_{user}_password", password)
    for path in folder.iterdir():
        path.chmod(0o440)
        if os.geteuid() == 0:
            os.chown(path, _PROGRAMS_UID, 0)
    console.print(f"{len(list(folder.iterdir()))} files in {folder}")
