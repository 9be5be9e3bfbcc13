"""`isotherm deploy`: what an installation in containers needs before its first start, and what changes there later."""

from __future__ import annotations

import os
import secrets as randomness
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from edge.expiry import certificate_until
from isotherm import certificates as plant_certificates
from isotherm.certificates import Certificates
from isotherm.engines import edge_keys, nats
from isotherm.private import keep_private
from isotherm.progress import console
from telemetry.clock import SystemClock
from telemetry.errors import Invalid, NotFound

app = typer.Typer(help="What an installation in containers needs.", no_args_is_help=True)
_PROGRAMS_UID = 10001  # user `isotherm` of the image
_ROOTS = {"nats.conf", nats.SECRETS, nats.FACTS, "edge-keys.json", "ca-key.pem", "server-key.pem"}
"""What only nats-server and this command read, both as root: no program of the plant could use it well."""
_HERE = ("nats", "localhost", "127.0.0.1")
_RENEW_WITHIN = timedelta(days=30)
Folder = Annotated[Path, typer.Argument(help="The folder that `isotherm deploy secrets` fills.")]


class OneOfTwo(Invalid):
    """Give the edge's public key, as `isotherm edge key` printed it, or --revoke."""


class NoCertificatesHere(NotFound):
    """This folder has no certificates of a plant: `isotherm deploy secrets FOLDER` makes them."""


@app.callback()
def _group() -> None:
    """What an installation in containers needs."""


@app.command()
def secrets(
    folder: Annotated[Path, typer.Argument(help="Where to write them; files that are there already stay as they are.")],
    site: Annotated[str, typer.Option(help="The plant's site, as in its points' names.")] = "hainan",
    edge: Annotated[
        list[str] | None, typer.Option(help="Name of an edge that goes by a key of its own; give it once for each.")
    ] = None,
    by_password: Annotated[
        list[str] | None, typer.Option(help="Name of an edge that goes by a password instead.")
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(help="Name or address at which edges and trucks reach this plant; give it once for each."),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls/--no-tls", help="Encrypt what edges and programs send.")] = True,
    mqtt_tls: Annotated[bool, typer.Option("--mqtt-tls/--no-mqtt-tls", help="MQTT too: 8883; plain is 1883.")] = True,
) -> None:
    """Make passwords, connection strings, edges' keys, certificates, and the users of NATS with their rights.

    Every start may run it again: what is there stays, and a certificate that expires within 30 days is renewed. The
    key of an edge that is made here is in keys/EDGE.seed; better is one that is made on the edge: `isotherm edge key`,
    then `isotherm deploy edge-key`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _database_secrets(folder)
    made = _certificates(folder, host or []) if tls else None
    server = nats.prepare(
        folder,
        4222,
        8883 if made and mqtt_tls else 1883,
        site=site,
        edges=[*(edge or []), *(by_password or [])],
        listen="0.0.0.0",
        store="/data",
        by_password=by_password or [],
        tls=nats.Tls(str(made.server), str(made.server_key), mqtt_tls) if made else None,
    )
    for user, password in server.passwords.items():
        keep_private(folder / f"nats_{user}_password", password)
    _close(folder)
    console.print(f"{sum(path.is_file() for path in folder.rglob('*'))} files in {folder}")


@app.command()
def certificates(
    folder: Folder,
    host: Annotated[list[str] | None, typer.Option(help="A further name or address of this plant.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Renew the server's certificate now, not when it is due.")] = False,
) -> None:
    """Show until when the plant's certificates are valid, and renew the server's when it expires within 30 days.

    Edges and programs notice nothing: they trust the authority that signs it, which stays. In containers let NATS read
    it: `docker compose kill -s HUP nats`.
    """
    if not (folder / "tls" / "ca.pem").exists():
        raise NoCertificatesHere(folder=folder)
    made = _certificates(folder, host or [])
    if new:
        plant_certificates.make_server(made, [*_HERE, *(host or [])], SystemClock().now())
    _close(folder)
    for called, path in (("authority", made.ca), ("server", made.server)):
        console.print(f"{called}: until {certificate_until(path):%Y-%m-%d %H:%M} UTC  {path}", soft_wrap=True)
    _tell_reload(folder)


@app.command("edge-key")
def edge_key(
    folder: Folder,
    edge: Annotated[str, typer.Argument(help="The edge's name.")],
    public: Annotated[str, typer.Argument(metavar="PUBLIC_KEY", help="As `isotherm edge key` printed it.")] = "",
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Shut the edge out, for example when it was stolen.")
    ] = False,
) -> None:
    """Let an edge in by its own key, or shut it out. The seed stays where it was made: only the public key comes here.

    The folder is that of `isotherm deploy secrets`, or VAR/nats of a plant on this machine. A server that runs there
    reads its users anew; those who may stay are not disturbed.
    """
    if revoke == bool(public):
        raise OneOfTwo(edge=edge)
    if revoke:
        nats.revoke(folder, edge)
    else:
        nats.register(folder, edge, public)
    console.print(f"{edge}: {'revoked' if revoke else 'registered'}")
    for name, key in edge_keys.registered(folder).items():
        console.print(f"  {name}  {key or 'revoked'}", markup=False, soft_wrap=True)
    _tell_reload(folder)


def _database_secrets(folder: Path) -> None:
    owner = keep_private(folder / "owner_password", randomness.token_urlsafe(24))
    programs = keep_private(folder / "app_password", randomness.token_urlsafe(24))
    keep_private(folder / "database_owner_url", f"postgresql://isotherm_owner:{owner}@database/isotherm")
    keep_private(folder / "database_url", f"postgresql://isotherm_app:{programs}@database/isotherm")


def _certificates(folder: Path, hosts: list[str]) -> Certificates:
    now = SystemClock().now()
    return plant_certificates.ensure((folder / "tls").resolve(), [*_HERE, *hosts], now, renew_within=_RENEW_WITHIN)


def _close(folder: Path) -> None:
    """Nobody but their reader may read them; as root they are given to the programs' user."""
    for path in folder.rglob("*"):
        path.chmod(0o750 if path.is_dir() else 0o400)
        if os.geteuid() == 0:
            os.chown(path, 0 if path.name in _ROOTS else _PROGRAMS_UID, 0)


def _tell_reload(folder: Path) -> None:
    if nats.reload(folder):
        console.print("nats-server was told to read it")
    else:
        console.print("No nats-server runs here. In containers: docker compose kill -s HUP nats")
