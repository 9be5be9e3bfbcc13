"""`isotherm edge config`: sign an edge's config, send it on its way, and see what became of it.

Signing needs no plant: it is done where the signer's key is. The edge follows only who its own file names.
"""

from __future__ import annotations

import getpass
import os
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge.config import BadConfig, look_over
from isotherm.private import write_private
from isotherm.progress import console
from isotherm.reason import said
from telemetry.chain import stamp
from telemetry.errors import Conflict, Invalid
from telemetry.signed_config import Envelope, read

app = typer.Typer(
    help="Change an edge's config from afar: signed, tried, and rolled back by itself.", no_args_is_help=True
)
Var = Annotated[Path, typer.Option(help="Folder of a plant on this machine, unless ISOTHERM_DATABASE_URL is set.")]


class SigningKeyExists(Conflict):
    """There is a file already: a key that signs configs is never written over."""


class NoSigningKey(Invalid):
    """This file holds no private key that signs configs: `isotherm edge config key` makes one."""


class NotReadable(Invalid):
    """The file can't be read."""


@app.command("key")
def signing_key(
    file: Annotated[Path, typer.Argument(help="Where to keep the private key. Not on an edge, and not in the plant.")],
    passphrase: Annotated[bool, typer.Option("--passphrase", help="Ask for a passphrase that locks it.")] = False,
) -> None:
    """Make the key that signs configs, and print its public half for `remote.signer` in the edges' own files."""
    if file.exists():
        raise SigningKeyExists(file=str(file))
    made, lock = Ed25519PrivateKey.generate(), _new_passphrase() if passphrase else b""
    form = serialization.BestAvailableEncryption(lock) if lock else serialization.NoEncryption()
    pem = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, form)
    write_private(file, pem.decode("ascii"))
    typer.echo(_public(made.public_key()))


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="The config, YAML. ${NAME} is filled in at the edge.")],
    key_file: Annotated[Path, typer.Option("--key", help="The private key that `isotherm edge config key` made.")],
    version: Annotated[int, typer.Option(help="Higher than any that this edge has seen.", min=1)],
    out: Annotated[
        Path | None, typer.Option(help="Where to write it; else beside the config: FILE.signed.json")
    ] = None,
) -> None:
    """Sign a config for the edge that it names. A config with mistakes is not signed: all are told, with their lines.

    Variables are the edge's: those that are not set here are no mistake.
    """
    document = look_over(file, str(file), os.environ)
    if document.problems:
        raise BadConfig(document.problems)
    signing = _signing(key_file)
    text, now = file.read_text("utf-8"), stamp(datetime.now(UTC))
    envelope = Envelope(document.data["site"], document.data["edge"], version, now, text).signed(signing)
    target = out or file.with_name(f"{file.name}.signed.json")
    target.write_text(envelope.to_json(), "utf-8")
    console.print(f"{envelope.edge} version {version}, {envelope.digest}, signer {_public(signing.public_key())}")
    console.print(f"{target}", soft_wrap=True)


@app.command()
def push(
    edge: Annotated[str, typer.Argument(help="The edge that it is for.")],
    file: Annotated[Path, typer.Argument(help="What `isotherm edge config sign` wrote.")],
    reason: Annotated[str, typer.Option(prompt="Why? It stands in the audit trail", help="Why it is changed.")],
    var: Var = Path("var"),
) -> None:
    """Send a signed config on its way. An edge that is away gets it when it is back.

    The edge looks at it first, follows it on trial, and goes back by itself when it is not healthy then; `isotherm edge
    config status` shows what became of it.
    """
    from isotherm import edge_pushing  # the database's library is not for edges

    envelope = read(_bytes(file))
    edge_pushing.push(var, edge, envelope, said(reason))
    console.print(f"{edge}: version {envelope.version} is on its way")


@app.command()
def status(
    edge: Annotated[str | None, typer.Argument(help="Of this edge only.")] = None, var: Var = Path("var")
) -> None:
    """Show which configs were sent to edges, and what the edges say became of them, newest first."""
    from isotherm import edge_pushing  # the database's library is not for edges

    pushed, told = edge_pushing.status(var, edge)
    if not pushed and not told:
        console.print("No config was sent to an edge.")
    for each in pushed:
        way = "sent out" if each.published_at else "waits for the gateway"
        line = f"{each.edge}  version {each.version}  {each.digest}  pushed {_at(each.pushed_at)} by {each.pushed_by}"
        console.print(f"{line}, {way}", markup=False, soft_wrap=True)
    for one in told:
        line = f"{one.edge}  version {one.version or '?'}  {one.fate}  {_at(one.at)} by the edge's clock"
        console.print("\n".join([line, *(f"    {reason}" for reason in one.reasons)]), markup=False, soft_wrap=True)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotReadable(file=str(file), reason=error.strerror) from error


def _signing(file: Path) -> Ed25519PrivateKey:
    pem = _bytes(file)
    try:
        loaded = _unlocked(pem)
    except (ValueError, TypeError) as error:  # a wrong passphrase is a ValueError
        raise NoSigningKey(file=str(file)) from error
    if not isinstance(loaded, Ed25519PrivateKey):
        raise NoSigningKey(file=str(file))
    return loaded


def _unlocked(pem: bytes) -> object:
    if b"ENCRYPTED" in pem:
        return serialization.load_pem_private_key(pem, getpass.getpass("Passphrase of the key: ").encode())
    return serialization.load_pem_private_key(pem, None)


def _new_passphrase() -> bytes:
    passphrase: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    return passphrase.encode()


def _public(public: Ed25519PublicKey) -> str:
    return b64encode(public.public_bytes_raw()).decode("ascii")


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
