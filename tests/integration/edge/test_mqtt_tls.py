"""The encrypted way to a broker: its certificate and name are checked, the edge shows its own, expiry is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from edge.driver import Link
from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.driver import MqttDriver
from edge.strict import Group
from telemetry.clock import SystemClock
from telemetry.quality import Quality
from tests.plugins.mosquitto import Mosquitto
from tests.plugins.waiting import until

from .conftest import Notebook, running

GROUPS = {"rooms": Group(period_s=1)}
TODAY = datetime.now(UTC).replace(microsecond=0)
IN_A_MONTH, IN_A_YEAR = TODAY + timedelta(days=30), TODAY + timedelta(days=365)


@dataclass
class Authority:
    """A plant's own, which signs the broker's and the edge's certificates."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = _name(self.name)
        self._sign(self.name, self.key, self.subject, IN_A_YEAR, x509.BasicConstraints(ca=True, path_length=0))

    def sign(self, called: str, until_when: datetime, *names: x509.GeneralName) -> None:
        """A certificate and key as files `called`.crt and .key."""
        key = ec.generate_private_key(ec.SECP256R1())
        extension = x509.SubjectAlternativeName(names or [x509.DNSName(called)])
        self._sign(called, key, _name(called), until_when, extension)

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def _sign(
        self, called: str, key: ec.EllipticCurvePrivateKey, subject: x509.Name, ends: datetime, extension: Any
    ) -> None:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.subject)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(TODAY - timedelta(days=1)).not_valid_after(ends)
        signed = builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())
        (self.folder / f"{called}.crt").write_bytes(signed.public_bytes(Encoding.PEM))
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / f"{called}.key").write_bytes(plain)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path, "plant-ca")
    made.sign("broker", IN_A_YEAR, x509.IPAddress(ip_address("127.0.0.1")))
    made.sign("edge-fleet", IN_A_MONTH)
    return made


@pytest.fixture
def broker(authority: Authority, tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that asks for a certificate of its own authority."""
    files = [f"cafile {tmp_path}/plant-ca.crt", f"certfile {tmp_path}/broker.crt", f"keyfile {tmp_path}/broker.key"]
    started = Mosquitto(tmp_path, ("allow_anonymous true", "require_certificate true", *files))
    started.start()
    yield started
    started.stop()


def a_driver(broker: Mosquitto, tls: Any, **settings: Any) -> tuple[MqttDriver, MqttDevice]:
    points = [{"point": "hainan/rooms/a/air", "topic": "rooms/a", "group": "rooms"}]
    told = {"name": "broker", "driver": "mqtt", "host": "127.0.0.1", "port": broker.port, "client_id": "edge-fleet"}
    device = MqttDevice.model_validate({**told, "points": points, "tls": tls, **settings})
    driver = MqttDriver(device, SystemClock(), False)
    assert driver.check() == []
    return driver, device


async def reason_why_not(driver: MqttDriver, device: MqttDevice, notebook: Notebook) -> str:
    async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
        await until(lambda: len(notebook.readings) == 1)
    assert notebook.readings[0].quality == Quality.BAD_NO_COMMUNICATION
    assert driver.health().link is Link.LOST
    return driver.health().reason


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_both_sides_show_certificates_and_the_first_expiry_is_told(
    broker: Mosquitto, authority: Authority, notebook: Notebook, version: str
) -> None:
    files = {key: authority.file(f"edge-fleet.{end}") for key, end in (("certificate", "crt"), ("key", "key"))}
    driver, device = a_driver(broker, {"ca": authority.file("plant-ca.crt"), **files}, version=version)
    async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
        await until(lambda: driver.health().link is Link.CONNECTED)
    assert driver.health().certificate_until == IN_A_MONTH


async def test_a_broker_of_another_authority_is_refused(
    broker: Mosquitto, authority: Authority, notebook: Notebook, tmp_path: Path
) -> None:
    Authority(tmp_path, "other-ca")
    files = {"certificate": authority.file("edge-fleet.crt"), "key": authority.file("edge-fleet.key")}
    driver, device = a_driver(broker, {"ca": authority.file("other-ca.crt"), **files})
    assert "certificate verify failed" in await reason_why_not(driver, device, notebook)


async def test_a_broker_that_the_system_does_not_know_is_refused(broker: Mosquitto, notebook: Notebook) -> None:
    driver, device = a_driver(broker, True)
    assert "certificate verify failed" in await reason_why_not(driver, device, notebook)


async def test_a_broker_under_another_name_is_refused(
    broker: Mosquitto, authority: Authority, notebook: Notebook
) -> None:
    files = {"certificate": authority.file("edge-fleet.crt"), "key": authority.file("edge-fleet.key")}
    driver, device = a_driver(broker, {"ca": authority.file("plant-ca.crt"), **files}, host="localhost")
    assert "Hostname mismatch" in await reason_why_not(driver, device, notebook)


async def test_without_the_edges_own_certificate_the_broker_refuses(
    broker: Mosquitto, authority: Authority, notebook: Notebook
) -> None:
    driver, device = a_driver(broker, {"ca": authority.file("plant-ca.crt")})
    assert await reason_why_not(driver, device, notebook)


async def test_a_certificate_file_that_is_not_there_is_told_by_name(
    broker: Mosquitto, authority: Authority, notebook: Notebook
) -> None:
    driver, device = a_driver(broker, {"ca": authority.file("nowhere.crt")})
    assert "nowhere.crt" in await reason_why_not(driver, device, notebook)
