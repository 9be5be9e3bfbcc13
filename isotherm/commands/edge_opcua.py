"""`isotherm edge browse` and `isotherm edge cert`: getting to know an OPC UA server, and being known to it."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509
from pydantic import ValidationError
from rich.text import Text

from edge.config import load
from edge.drivers.opcua import certificates
from edge.drivers.opcua.browse import Tell, Variable, variables
from edge.drivers.opcua.config import Access, what_makes
from edge.drivers.opcua.drafting import Names, draft, file_name, level
from edge.drivers.opcua.offers import certificates as offered_certificates
from edge.drivers.opcua.offers import endpoints
from edge.drivers.opcua.server import limits, namespaces
from edge.drivers.opcua.session import FAILURES, Session
from isotherm.progress import console, step
from telemetry.clock import SystemClock
from telemetry.errors import Invalid, NotFound, PlantError, Unavailable
from telemetry.point import is_level_name, is_point_name

Url = Annotated[str, typer.Argument(help="The server: opc.tcp://host:port/path")]
_DAYS = 5 * 365
_TIMEOUT_S = 5.0
_WANTED = {"url": "an address begins with opc.tcp://, as in opc.tcp://plc-7.plant:4840"}


class ServerNotReached(Unavailable):
    """The server can't be reached, or does not let us in."""


class NoCertificateOffered(NotFound):
    """The server offers no secured endpoint, and so has no certificate to pin."""


class BadNames(Invalid):
    """Site, area, equipment, edge, device and group are named in lower-case letters, digits and hyphens."""


class BadAccess(Invalid):
    """The connection can't be made in this way."""


def cert(
    folder: Annotated[Path, typer.Argument(help="Where the files go.")] = Path("pki"),
    name: Annotated[str, typer.Option(help="The edge's name.")] = "edge",
    host: Annotated[list[str] | None, typer.Option(help="A name or address of this machine, once or more.")] = None,
    days: Annotated[int, typer.Option(min=1, help="How long the certificate holds.")] = _DAYS,
    server: Annotated[str | None, typer.Option(help="Fetch this OPC UA server's certificate instead.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Trust the server's certificate without asking.")] = False,
) -> None:
    """Make an edge's certificate for OPC UA; or, with --server, fetch the certificate of a server, to pin it."""
    if server is not None:
        _pin(server, folder, yes)
        return
    if not is_level_name(name):
        raise BadNames(name=name)
    uri = f"urn:isotherm:edge:{name}"
    made = certificates.make(name, uri, host or [socket.gethostname()], SystemClock().now(), days)
    files = {"certificate": folder / f"{name}.der", "key": folder / f"{name}.pem"}
    for file in files.values():
        if file.exists():
            raise certificates.FileExists(file=file)
    certificates.save(files["key"], made.key, 0o600)
    certificates.save(files["certificate"], made.certificate, 0o644)
    _show(certificates.load(files["certificate"]))
    for key, file in files.items():
        console.print(f"{key}: {file}", soft_wrap=True)


def _pin(server: str, folder: Path, yes: bool) -> None:
    """Whether it is the right one only a person can say, who compares it with what the server itself shows."""
    try:
        found = offered_certificates(asyncio.run(endpoints(server, _TIMEOUT_S)))
    except PlantError:
        raise  # it has words of its own
    except FAILURES as error:
        raise ServerNotReached(url=server, reason=str(error) or type(error).__name__) from error
    if not found:
        raise NoCertificateOffered(url=server)
    for number, certificate in enumerate(found):
        _show(certificate)
        if not yes and not typer.confirm("Is this the fingerprint that the server itself shows?"):
            continue
        suffix = f"-{number + 1}" if number else ""
        file = folder / f"{file_name(server)}{suffix}.der"
        certificates.save(file, certificates.der(certificate), 0o644)
        console.print(f"server_certificate: {file}", soft_wrap=True)


def _show(certificate: x509.Certificate) -> None:
    facts = {
        "subject": certificate.subject.rfc4514_string(),
        "application": certificates.application_uri(certificate) or "not named",
        "holds until": f"{certificate.not_valid_after_utc:%Y-%m-%d}",
        "SHA-256": certificates.fingerprint(certificate),
    }
    for title, fact in facts.items():
        console.print(Text(f"{title:12} {fact}"), soft_wrap=True)


def browse(
    url: Url,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write; else it is printed.")] = None,
    site: Annotated[str, typer.Option(help="The points' site.")] = "site",
    area: Annotated[str, typer.Option(help="The points' area.")] = "area",
    equipment: Annotated[str | None, typer.Option(help="Their equipment; else the object they are of.")] = None,
    edge: Annotated[str, typer.Option(help="The edge's name.")] = "edge",
    device: Annotated[str | None, typer.Option(help="The device's name; else made from the address.")] = None,
    group: Annotated[str, typer.Option(help="The sampling group of all points.")] = "values",
    period_s: Annotated[float, typer.Option("--period", min=0.001, help="Its period in seconds.")] = 1.0,
    security: Annotated[str | None, typer.Option(help="none, sign, sign-and-encrypt (with --certificate).")] = None,
    policy: Annotated[str, typer.Option(help="The security policy.")] = "Basic256Sha256",
    certificate: Annotated[Path | None, typer.Option(help="The edge's certificate.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its key.")] = None,
    server_certificate: Annotated[Path | None, typer.Option(help="The server's certificate, pinned.")] = None,
    user: Annotated[str | None, typer.Option(help="User at the server.")] = None,
    password_env: Annotated[str | None, typer.Option(help="The variable that holds the password.")] = None,
) -> None:
    """Look through an OPC UA server and draft an edge's configuration from its variables."""
    names = Names(edge, site, area, device or level(str(file_name(url))), equipment, group, period_s)
    _check(names)
    asked = security or ("sign-and-encrypt" if certificate else "none")
    files = {"certificate": certificate, "key": key, "server_certificate": server_certificate}
    access = _access(url=url, security=asked, policy=policy, user=user, password_env=password_env, **files)
    if output is not None and output.exists():
        raise certificates.FileExists(file=output)
    if output is None:
        typer.echo(draft(*asyncio.run(_walk(access)), access, names, SystemClock().now()), nl=False)
        return
    with step(f"Looking through {url}") as shown:
        found, uris = asyncio.run(_walk(access, lambda n: shown.tell(f"{n} nodes")))
    text = draft(found, uris, access, names, SystemClock().now())
    certificates.save(output, text.encode(), 0o644)
    points = load(output).devices[0].points  # what was written is what can be run
    console.print(f"{output}: {len(points)} points of {len(found)} variables; look at the names", soft_wrap=True)


def _check(names: Names) -> None:
    levels = (names.site, names.area, names.equipment or "equipment", "measure")
    others = {"edge": names.edge, "device": names.device, "group": names.group}
    if not is_point_name("/".join(levels)):
        raise BadNames(site=names.site, area=names.area, equipment=names.equipment)
    for what, name in others.items():
        if not is_level_name(name):
            raise BadNames(**{what: name})


def _access(**settings: Any) -> Access:
    try:
        access = Access.model_validate(settings)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        wanted = _WANTED.get(str(first["loc"][0]), first["msg"])
        raise BadAccess(setting=first["loc"][0], given=first["input"], reason=wanted) from error
    if access.lacking:
        raise BadAccess(reason=what_makes(access))
    return access


async def _walk(access: Access, tell: Tell = lambda _: None) -> tuple[list[Variable], list[str]]:
    session = Session(access)
    try:
        await session.open()
        found = await variables(session.client, await limits(session.client), tell)
        return found, list(await namespaces(session.client))
    except PlantError:
        raise  # a password that is not set, a file without a key: it has words of its own
    except FAILURES as error:
        raise ServerNotReached(url=access.url, reason=str(error) or type(error).__name__) from error
    finally:
        await session.close()
