"""The plant's own certificates: an authority that edges and programs trust, and what it signs for nats-server.

The authority's key signs and does nothing else: keep it away from the programs. Keys are ECDSA P-256.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.expiry import certificate_until
from isotherm.private import write_private

AUTHORITY_FOR, SERVER_FOR = timedelta(days=3650), timedelta(days=397)
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in a folder. Who trusts `ca` trusts the server."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def ca_key(self) -> Path:
        return self.folder / "ca-key.pem"

    @property
    def server(self) -> Path:
        return self.folder / "server.pem"

    @property
    def server_key(self) -> Path:
        return self.folder / "server-key.pem"


def ensure(folder: Path, hosts: Sequence[str], now: datetime, *, renew_within: timedelta) -> Certificates:
    """Make what is missing, and the server's certificate anew when it expires so soon or lacks one of the hosts.

    The authority stays: edges trust it. Raises CertificateUnreadable.
    """
    files = Certificates(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not files.ca.exists():
        _make_authority(files, now)
    if not files.server.exists() or certificate_until(files.server) - now < renew_within or _lacks(files, hosts):
        make_server(files, hosts, now)
    return files


def make_server(files: Certificates, hosts: Sequence[str], now: datetime) -> None:
    """Sign a new certificate for these names and addresses; those of the last one are kept."""
    names = list(dict.fromkeys([*hosts, *_hosts(files)]))
    authority = x509.load_pem_x509_certificate(files.ca.read_bytes())
    signing = serialization.load_pem_private_key(files.ca_key.read_bytes(), None)
    if not isinstance(signing, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{files.ca_key} holds a key of another kind")
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(now + SERVER_FOR, authority.not_valid_after_utc)
    built = (
        _builder("nats", authority.subject, key, now, until)
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .sign(signing, hashes.SHA256())
    )
    _write(files.server_key, files.server, key, built)


def _make_authority(files: Certificates, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    built = (
        _builder("Isotherm plant", _name("Isotherm plant"), key, now, now + AUTHORITY_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_signs_only(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(files.ca_key, files.ca, key, built)


def _builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(until)
    )


def _signs_only() -> x509.KeyUsage:
    signs = {"key_cert_sign": True, "crl_sign": True, "digital_signature": False, "content_commitment": False}
    other = ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")
    return x509.KeyUsage(**signs, **dict.fromkeys(other, False))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:  # then it is a name
        return x509.DNSName(host)


def _hosts(files: Certificates) -> list[str]:
    """Names and addresses in the server's present certificate."""
    if not files.server.exists():
        return []
    held = x509.load_pem_x509_certificate(files.server.read_bytes())
    names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]


def _lacks(files: Certificates, hosts: Sequence[str]) -> bool:
    return not set(hosts) <= set(_hosts(files))


def _write(key_file: Path, file: Path, key: ec.EllipticCurvePrivateKey, built: x509.Certificate) -> None:
    """The key first: a stop in between leaves a certificate that is missing, and is made anew."""
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    write_private(key_file, key.private_bytes(encoding, form, serialization.NoEncryption()).decode("ascii"))
    write_private(file, built.public_bytes(encoding).decode("ascii"))
