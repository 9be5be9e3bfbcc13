"""When certificates expire, so that a plant hears of it while there is time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509

from edge.uplink.config import UplinkConfig
from telemetry.errors import Unavailable


class CertificateUnreadable(Unavailable):
    """A file that should hold certificates can't be read, or holds none."""


def certificate_until(path: Path) -> datetime:
    """When the first of a PEM file's certificates expires, UTC. Raises CertificateUnreadable."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateUnreadable(file=str(path), reason=str(error)) from error
    return min(each.not_valid_after_utc for each in found)


def uplink_until(uplink: UplinkConfig) -> datetime | None:
    """When the first of the certificates expires that an edge has for its way to the plant; None: it has none.

    Raises CertificateUnreadable.
    """
    files = () if uplink.tls is None else (uplink.tls.ca, uplink.tls.certificate)
    return min((certificate_until(path) for path in files if path is not None), default=None)
