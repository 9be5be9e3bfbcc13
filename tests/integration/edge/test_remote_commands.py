"""What a person at the plant types: make a signing key, sign a config, push it, see what became of it."""

from __future__ import annotations

import json
from pathlib import Path

import nats
import psycopg
import pytest
from typer.testing import CliRunner, Result

from gateway.config_desk import BadOutcome, ConfigDesk, read_outcome
from gateway.edge_configs import store_outcome
from isotherm.commands.edge_config import app
from isotherm.engines.nats import NatsServer
from telemetry.errors import PlantError
from telemetry.signed_config import read
from telemetry.work import begin
from tests.plugins.database import NOW, Database
from tests.plugins.stream import SITE, known_to_server
from tests.plugins.web import Web

CONFIG = """\
edge: edge-line
site: hainan
uplink: {url: "${NATS_URL}", key_file: "${ISOTHERM_EDGE_KEY}"}
buffer: {folder: "${VAR}/edge-line"}
groups: {fast: {period_s: 1}}
devices:
  - name: plc
    driver: modbus
    host: plc
    points: [{point: hainan/line/plc/air, area: input, address: 0, type: int16, group: fast}]
"""
SAID = {
    "born": "2026-01-15T01:00:00+00:00",
    "number": 1,
    "at": "2026-01-15T01:19:00+00:00",
    "version": 3,
    "digest": "abc",
    "fate": "refused",
    "reasons": ["edge-line version 3:7: `area` is `inputs`"],
}


@pytest.fixture
def desk(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config in it, beside a plant whose database answers."""
    monkeypatch.setenv("ISOTHERM_DATABASE_URL", database.app)
    (tmp_path / "edge-line.yaml").write_text(CONFIG)
    return tmp_path


def typed(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def done(*words: object) -> str:
    result = typed(*words)
    assert result.exit_code == 0, result.output
    return result.output


def refusal(*words: object) -> PlantError:
    result = typed(*words)
    assert isinstance(result.exception, PlantError), result.output
    return result.exception


def signed(desk: Path, version: int) -> Path:
    if not (desk / "signer.pem").exists():
        done("key", desk / "signer.pem")
    done("sign", desk / "edge-line.yaml", "--key", desk / "signer.pem", "--version", version)
    return desk / "edge-line.yaml.signed.json"


def test_a_config_is_signed_for_the_edge_that_it_names(desk: Path) -> None:
    signer = done("key", desk / "signer.pem").strip()
    assert (desk / "signer.pem").stat().st_mode & 0o777 == 0o600
    envelope = read(signed(desk, 3).read_bytes())
    envelope.verify(signer)
    assert (envelope.site, envelope.edge, envelope.version, envelope.config) == (SITE, "edge-line", 3, CONFIG)
    assert refusal("key", desk / "signer.pem").code == "SigningKeyExists"


def test_a_config_with_mistakes_is_not_signed(desk: Path) -> None:
    done("key", desk / "signer.pem")
    (desk / "edge-line.yaml").write_text(
        CONFIG.replace("area: input", "area: inputs").replace("period_s: 1", "period_s: 0")
    )
    told = refusal("sign", desk / "edge-line.yaml", "--key", desk / "signer.pem", "--version", 1)
    assert {str(each).split(":")[1] for each in told.facts["problems"]} == {"5", "10"}  # type: ignore[attr-defined]
    assert not (desk / "edge-line.yaml.signed.json").exists()


def test_a_locked_key_opens_with_its_passphrase_only(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = CliRunner().invoke(app, ["key", str(desk / "signer.pem"), "--passphrase"], input="冷库\n冷库\n")
    assert made.exit_code == 0
    monkeypatch.setattr("getpass.getpass", lambda _: "wrong")
    words = ("sign", desk / "edge-line.yaml", "--key", desk / "signer.pem", "--version", 1)
    assert refusal(*words).code == "NoSigningKey"
    monkeypatch.setattr("getpass.getpass", lambda _: "冷库")
    assert "version 1" in done(*words)


def test_what_is_no_signing_key_is_told(desk: Path) -> None:
    (desk / "signer.pem").write_text("hello")
    words = ("sign", desk / "edge-line.yaml", "--version", 1, "--key")
    assert refusal(*words, desk / "signer.pem").code == "NoSigningKey"
    assert refusal(*words, desk / "missing.pem").code == "NotReadable"


def test_a_config_is_pushed_once_and_only_to_its_edge(desk: Path, database: Database) -> None:
    file = signed(desk, 3)
    assert "version 3 is on its way" in done("push", "edge-line", file, "--reason", "new probe")
    assert refusal("push", "edge-line", file, "--reason", "again").code == "VersionNotHigher"
    assert refusal("push", "edge-line", signed(desk, 2), "--reason", "older").code == "VersionNotHigher"
    assert refusal("push", "edge-fleet", signed(desk, 4), "--reason", "wrong one").code == "ForAnother"
    with psycopg.connect(database.owner) as connection:
        (row,) = connection.execute("select action, entity_id, reason from audit").fetchall()
    assert row == ("edge-config.push", "edge-line/3", "new probe")


def test_before_anything_was_pushed_there_is_nothing_to_show(desk: Path) -> None:
    assert "No config was sent to an edge." in done("status")


async def test_what_became_of_it_is_shown_and_counts_once_however_often_it_is_told(web: Web) -> None:
    for _ in range(2):
        async with begin(web.doors.pool, "edge:edge-line", NOW) as work:
            await store_outcome(work, read_outcome("edge-line", json.dumps(SAID).encode()))
    found = (await web.program().get("/api/edges/edge-line/config")).json()
    assert found["pushed"] == []
    (told,) = found["outcomes"]
    assert (told["version"], told["fate"], told["reasons"]) == (3, "refused", SAID["reasons"])
    assert (await web.program().get("/api/edges/edge-fleet/config")).json() == {"pushed": [], "outcomes": []}
    assert (await web.open().get("/api/edges/edge-line/config")).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"fate": "lost"},
        {"at": "yesterday"},
        {"at": "2026-01-15T01:19:00"},
        {"number": -1},
        {"number": 2**40},
        {"version": True},
        {"reasons": "none"},
        {"reasons": [1]},
        {"born": None},
        {"digest": 7},
    ],
)
def test_what_an_edge_says_in_a_way_that_cannot_be_read_is_not_stored(change: dict[str, object]) -> None:
    with pytest.raises(BadOutcome):
        read_outcome("edge-line", json.dumps(SAID | change).encode())


async def test_what_cannot_be_read_is_answered_too(web: Web, nats_server: NatsServer) -> None:
    """Unanswered, its edge would ask for ever."""
    plant = await nats.connect(nats_server.url, user="gateway", password=nats_server.passwords["gateway"])
    seed = str(nats_server.keys["edge-line"])
    edge = await nats.connect(nats_server.url, nkeys_seed=seed, inbox_prefix=b"_INBOX_edge-line")
    try:
        await ConfigDesk(plant, web.doors.pool, web.doors.clock, SITE).start()
        await known_to_server(plant)
        for said, answer in ((SAID | {"fate": "lost"}, b"unreadable"), (SAID, b"stored")):
            found = await edge.request(f"config-status.{SITE}.edge-line", json.dumps(said).encode(), timeout=5)
            assert found.data == answer
    finally:
        await edge.close()
        await plant.close()


async def test_odd_characters_in_a_reason_do_not_keep_it_from_being_stored(web: Web) -> None:
    said = json.dumps(SAID | {"reasons": ["zero \0, half \ud83d", "x" * 10_000]}).encode()
    async with begin(web.doors.pool, "edge:edge-line", NOW) as work:
        assert await store_outcome(work, read_outcome("edge-line", said))
    (told,) = (await web.program().get("/api/edges/edge-line/config")).json()["outcomes"]
    assert told["reasons"] == ["zero ?, half ?", "x" * 500]
