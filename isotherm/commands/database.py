"""`isotherm db`: the database's schema, and how long it keeps what."""

from __future__ import annotations

import typer

from isotherm.commands.retention import retention
from isotherm.progress import console
from isotherm.schema import bring_up_to_date, freeze
from isotherm.settings import BadSetting, read_settings

app = typer.Typer(help="The database's schema, and how long it keeps what.", no_args_is_help=True)
app.command()(retention)


@app.command()
def migrate() -> None:
    """Bring the database up to date. Needs ISOTHERM_DATABASE_OWNER_URL.

    With ISOTHERM_DATABASE_URL too, the programs' role gets the password that stands there.
    """
    settings = read_settings()
    if not settings.database_owner_url:
        raise BadSetting(setting="ISOTHERM_DATABASE_OWNER_URL", reason="it is not set")
    ran = bring_up_to_date(settings.database_owner_url, settings.database_url)
    for name in ran:
        console.print(f"ran {name}")
    console.print("up to date" if not ran else f"{len(ran)} files ran")


@app.command("freeze")
def freeze_() -> None:
    """For developers: note the hashes of new migrations, which from then on never change."""
    for name in freeze():
        console.print(f"frozen {name}")
