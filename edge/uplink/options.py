"""How the way to the plant is opened: the servers, who the edge says it is, how the connection is encrypted.

The answer is what `nats.aio.client.Client.connect` takes by name; what concerns timing stands with the uplink.
"""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from typing import Any

from nats.aio.client import Client

from edge.secret import secret
from edge.uplink.config import TlsConfig, UplinkConfig
from edge.uplink.own_key import public_key
from telemetry.trust import connect_options


def options(uplink: UplinkConfig) -> dict[str, Any]:
    """Servers, identity and encryption; files and environment are read anew, so that what was renewed is used.

    Raises MissingSecret, KeyUnusable, TrustUnusable.
    """
    return {"servers": servers(uplink)} | _identity(uplink) | _encryption(uplink.url, uplink.tls)


def servers(uplink: UplinkConfig) -> list[str]:
    """Addresses of the plant's servers, any of which will do."""
    return [url.strip() for url in uplink.url.split(",") if url.strip()]


def served_until(client: Client) -> datetime | None:
    """When the certificate expires that the plant's server has shown; None where the connection is plain.

    nats-py does not tell its socket: a test holds that it is found.
    """
    writer = getattr(getattr(client, "_transport", None), "_io_writer", None)
    shown = writer.get_extra_info("ssl_object") if isinstance(writer, asyncio.StreamWriter) else None
    if shown is None:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(shown.getpeercert()["notAfter"]), UTC)


def _identity(uplink: UplinkConfig) -> dict[str, Any]:
    """The seed itself stays in its file: it is read when the server asks for a signature."""
    if uplink.key_file is not None:
        public_key(uplink.key_file)
        return {"nkeys_seed": str(uplink.key_file)}
    return {"user": uplink.user, "password": secret(uplink.password_env)}


def _encryption(url: str, tls: TlsConfig | None) -> dict[str, Any]:
    if tls is None:
        return connect_options(url)
    return connect_options(url, tls.ca, tls.certificate, tls.key, wanted=True)
