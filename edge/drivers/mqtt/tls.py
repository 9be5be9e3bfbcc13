"""The encrypted way to a broker: its certificate and its name are always checked; when certificates expire is told."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from edge.drivers.mqtt.config import MqttDevice, TlsFiles
from telemetry.errors import Unavailable


class BadCertificateFile(Unavailable):
    """A file of the connection's certificates can't be read."""


def context(device: MqttDevice) -> ssl.SSLContext | None:
    """How the connection is encrypted; None where it is not. Raises BadCertificateFile. Reads files."""
    if not device.tls:
        return None
    files = device.tls if isinstance(device.tls, TlsFiles) else TlsFiles()
    try:
        made = ssl.create_default_context(cafile=None if files.ca is None else str(files.ca))
        if files.certificate is not None and files.key is not None:
            made.load_cert_chain(files.certificate, files.key, password=_nobody_to_ask)
    except (OSError, ValueError) as error:
        raise BadCertificateFile(reason=f"{error}", files=str(files)) from error
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.sslsocket_class = _ClosedWhenRefused
    return made


def expires(device: MqttDevice, socket: Any) -> datetime | None:
    """When the first certificate of a connection ends: the broker's, or the edge's own."""
    ends = []
    if isinstance(socket, ssl.SSLSocket):
        if shown := socket.getpeercert(binary_form=True):
            ends.append(x509.load_der_x509_certificate(shown).not_valid_after_utc)
        if isinstance(device.tls, TlsFiles) and device.tls.certificate is not None:
            ends.append(own_expiry(device.tls.certificate))
    return min(ends, default=None)


def own_expiry(path: Path) -> datetime:
    """When the edge's own certificate ends. Raises OSError and ValueError."""
    return min(c.not_valid_after_utc for c in x509.load_pem_x509_certificates(path.read_bytes()))


class _ClosedWhenRefused(ssl.SSLSocket):
    """paho leaves a socket open whose handshake failed."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def _nobody_to_ask() -> str:
    raise ValueError("the key is locked by a password; an edge has nobody to ask for it")
