"""Whom a connection to the plant's stream trusts: TLS settings for edges and programs alike, never weaker than asked.

The handshake comes first, before the server has said a word: who asked for TLS sends and believes nothing in plain, so
nobody in between can talk either side out of it. The server says `handshake_first: true` in its `tls` block.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from telemetry.errors import Unavailable


class TrustUnusable(Unavailable):
    """A certificate or its key can't be used: the file is missing, or holds something else."""


def connect_options(
    url: str,
    ca: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    *,
    wanted: bool = False,
) -> dict[str, Any]:
    """What `nats.connect` needs for TLS; empty where neither `wanted` nor a CA nor a `tls://` address asks for it.

    Without `ca` the certificates of the system are trusted. Raises TrustUnusable.
    """
    if not wanted and ca is None and "tls://" not in url:
        return {}
    return {"tls": _context(ca, certificate, key), "tls_handshake_first": True}


def _context(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        files = ", ".join(str(path) for path in (ca, certificate, key) if path is not None)
        raise TrustUnusable(files=files, reason=str(error)) from error
    return context
