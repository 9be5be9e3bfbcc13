"""Certificates of this edge and of servers: read from files, named by fingerprint, and made where there is none.

An application's certificate names its URI in the subject alternative name (OPC 10000-6, 6.2.2), which servers compare
with what the client calls itself.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from telemetry.errors import Conflict, Unavailable

_BITS = 2048
"""What Basic256Sha256 asks for at least, and what every PLC can work with."""


class NoCertificate(Unavailable):
    """A file holds no certificate or key: `isotherm edge cert` makes the edge's own and fetches a server's."""


class FileExists(Conflict):
    """There is a file of this name, and it is not overwritten: whatever trusts it would stop doing so."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key, as bytes for files: DER and PEM."""

    certificate: bytes
    key: bytes


def load(path: Path) -> x509.Certificate:
    """The certificate in a file, DER or PEM. Raises NoCertificate."""
    try:
        data = path.read_bytes()
        is_pem = data.lstrip().startswith(b"-----BEGIN")
        return x509.load_pem_x509_certificate(data) if is_pem else x509.load_der_x509_certificate(data)
    except (OSError, ValueError) as error:
        raise NoCertificate(file=path, reason=error) from error


def check_key(path: Path) -> None:
    """Raise NoCertificate where there is no private key in the file, in PEM and without a password."""
    try:
        serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise NoCertificate(file=path, reason=error) from error


def der(certificate: x509.Certificate) -> bytes:
    """As bytes for a file."""
    return certificate.public_bytes(serialization.Encoding.DER)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256, as people compare it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def application_uri(certificate: x509.Certificate) -> str | None:
    """What the application of this certificate calls itself; None where it does not say."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None  # an old certificate: the server decides
    return next(iter(names.get_values_for_type(x509.UniformResourceIdentifier)), None)


def make(name: str, uri: str, hosts: Sequence[str], now: datetime, days: int) -> Identity:
    """A self-signed certificate of an application instance, valid for so many days."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=_BITS)
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Isotherm")]
    )
    start = now - timedelta(minutes=5)  # the server's clock may be behind
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(now + timedelta(days=days))
    for extension, critical in _extensions(uri, hosts, key):
        builder = builder.add_extension(extension, critical)
    plain = serialization.NoEncryption()
    return Identity(
        builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain),
    )


def _extensions(uri: str, hosts: Sequence[str], key: rsa.RSAPrivateKey) -> list[tuple[x509.ExtensionType, bool]]:
    """Those of OPC 10000-6, table 36."""
    names = [x509.UniformResourceIdentifier(uri), *map(_host, hosts)]
    usage = dict.fromkeys(("key_agreement", "crl_sign", "encipher_only", "decipher_only"), False)
    wanted = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_cert_sign")
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return [
        (x509.SubjectAlternativeName(names), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.KeyUsage(**usage, **dict.fromkeys(wanted, True)), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (identifier, False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False),
    ]


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)  # it is no address


def save(path: Path, data: bytes, mode: int) -> None:
    """Write a new file with these rights. Raises FileExists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise FileExists(file=path) from error
    with os.fdopen(handle, "wb") as file:
        file.write(data)
