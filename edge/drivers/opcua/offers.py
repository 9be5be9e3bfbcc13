"""What a server offers to those who are not in session yet: its endpoints, their security, its certificate.

Asked without security, which is all that this part of the protocol knows; nothing is believed of it but the words that
tell a person why a secured connection failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from asyncua import ua
from asyncua.client.client import Client
from cryptography import x509

from edge.drivers.opcua.certificates import fingerprint, load
from edge.drivers.opcua.config import Access
from edge.drivers.opcua.session import FAILURES, hang_up

_MODES = {"sign": ua.MessageSecurityMode.Sign, "sign-and-encrypt": ua.MessageSecurityMode.SignAndEncrypt}


async def endpoints(url: str, timeout_s: float) -> Sequence[ua.EndpointDescription]:
    """All that the server offers. Raises one of FAILURES."""
    client = Client(url, timeout=timeout_s)
    try:
        async with asyncio.timeout(timeout_s * 2):
            offered: list[ua.EndpointDescription] = await client.connect_and_get_server_endpoints()
            return offered
    finally:
        hang_up(client)


def certificates(offered: Sequence[ua.EndpointDescription]) -> list[x509.Certificate]:
    """The different certificates with which a server secures its endpoints."""
    found = {bytes(each.ServerCertificate) for each in offered if each.ServerCertificate}
    return [_first(data) for data in sorted(found)]


def _first(chain: bytes) -> x509.Certificate:
    """A server may send the certificates of its issuers behind its own: DER says how long the first one is."""
    length_bytes = chain[1] & 0x7F if chain[1] & 0x80 else 0
    length = int.from_bytes(chain[2 : 2 + length_bytes], "big") if length_bytes else chain[1]
    return x509.load_der_x509_certificate(chain[: 2 + length_bytes + length])


async def why_refused(device: Access, error: Exception, now: datetime) -> str:
    """Why a secured connection could not be made, as far as the server's offers show."""
    told = str(error) or type(error).__name__
    try:
        offered = await endpoints(device.url, device.timeout_s)
        return judged(device, offered, now) or f"{told}. Perhaps the server does not trust this edge's certificate yet"
    except FAILURES:
        return told  # it can't be asked either: then that is the reason
    except ValueError as damage:
        return f"{told}. The server's certificate can't be read: {damage}"


def judged(device: Access, offered: Sequence[ua.EndpointDescription], now: datetime) -> str:
    """What in a server's offers stands against the config; empty when nothing does."""
    wanted = [
        each
        for each in offered
        if each.SecurityMode == _MODES[device.security] and str(each.SecurityPolicyUri).endswith(f"#{device.policy}")
    ]
    if not wanted:
        found = sorted({_named(each) for each in offered})
        asked = f"{device.security} with {device.policy}"
        return f"the server does not offer {asked}, only {', '.join(found)}; security is never lowered"
    if device.server_certificate is None:
        return ""
    pinned, given = load(device.server_certificate), certificates(wanted)
    if pinned not in given:
        theirs = ", ".join(map(fingerprint, given)) or "none"
        return f"the server's certificate is another than the pinned one: {theirs}, pinned {fingerprint(pinned)}"
    if pinned.not_valid_after_utc < now:
        return f"the server's certificate has expired on {pinned.not_valid_after_utc:%Y-%m-%d}"
    return ""


def _named(endpoint: ua.EndpointDescription) -> str:
    mode = {mode: name for name, mode in _MODES.items()}.get(endpoint.SecurityMode, "none")
    policy = str(endpoint.SecurityPolicyUri).rpartition("#")[2]
    return mode if mode == "none" else f"{mode} with {policy}"
