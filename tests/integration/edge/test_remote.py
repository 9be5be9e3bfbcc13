"""An edge's config from afar: signed, tried, followed on trial, kept or rolled back, and each outcome told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import nats
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.driver import Link
from edge.remote import desk
from isotherm.engines.nats import NatsServer
from telemetry.work import Pool
from tests.plugins.database import Database
from tests.plugins.stream import SITE
from tests.plugins.waiting import until

from .modbus_plc import Plc, a_plc
from .remote_plant import EDGE, ROOM, FarEdge, FarPlant, Signer, device, far_edge, far_plant


@pytest.fixture
async def plant(
    nats_server: NatsServer, database: Database, pool: Pool, var: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FarPlant]:
    async with far_plant(nats_server, database.app, pool, var, monkeypatch) as made:
        yield made


async def reads(edge: FarEdge, *points: str) -> None:
    """Wait until readings of all these points have come."""
    await until(lambda: edge.agent.intake.heard_s.keys() >= set(points), 20)


async def test_a_good_change_is_followed_without_reconnecting_and_runs_after_a_restart(plant: FarPlant) -> None:
    async with a_plc() as plc:
        own = plant.own_file(device("plc", plc.port, [0, 1]))
        async with far_edge(own) as edge:
            await reads(edge, f"{ROOM}/plc-0", f"{ROOM}/plc-1")
            await plant.push(1, plant.text(device("plc", plc.port, [1, 2])))
            told = await plant.until_told(2)
            assert [(each.version, each.fate, each.reasons) for each in told] == [
                (1, "accepted", []),
                (1, "applied", []),
            ]
            await reads(edge, f"{ROOM}/plc-2")
            assert plc.connections == 1
            assert edge.points() == {f"{ROOM}/plc-1", f"{ROOM}/plc-2"}
            assert edge.agent.version == 1
        async with far_edge(own) as edge:  # the edge's own file says otherwise, and no longer counts
            assert edge.agent.version == 1
            await reads(edge, f"{ROOM}/plc-2")
            await plant.push(2, plant.text(device("plc", plc.port, [3])))
            await plant.until_told(4)
            assert edge.points() == {f"{ROOM}/plc-3"}
        assert sorted(path.name for path in (plant.folder / "buffer" / "config").iterdir()) == [
            "1.yaml",
            "2.yaml",
            "state.json",
        ]


async def test_an_edge_that_was_away_gets_the_newest_config_when_it_is_back(plant: FarPlant) -> None:
    async with a_plc() as plc:
        own = plant.own_file(device("plc", plc.port, [0]))
        await plant.push(1, plant.text(device("plc", plc.port, [1])))
        await plant.push(2, plant.text(device("plc", plc.port, [0, 2])))
        await plant.until_published()
        async with far_edge(own) as edge:
            told = await plant.until_told(2)
            assert [(each.version, each.fate) for each in told] == [(2, "accepted"), (2, "applied")]
            assert edge.points() == {f"{ROOM}/plc-0", f"{ROOM}/plc-2"}


async def refused(plant: FarPlant, plc: Plc, *data: bytes) -> list[str]:
    """What an edge says to what comes on its subject; it goes on with what it did."""
    own = plant.own_file(device("plc", plc.port, [0]))
    client = await nats.connect(plant.server.url, user="gateway", password=plant.server.passwords["gateway"])
    try:
        async with far_edge(own) as edge:
            await reads(edge, f"{ROOM}/plc-0")
            for n, each in enumerate(data, 1):
                edge.desk.put(each)
                await plant.until_told(n)
                edge.desk.put(each)  # once more: told once
            before = edge.agent.intake.heard_s[f"{ROOM}/plc-0"]
            await until(lambda: edge.agent.intake.heard_s[f"{ROOM}/plc-0"] > before)
            assert edge.agent.version is None
            assert edge.agent.reloads == 0
        told = await plant.told()
    finally:
        await client.close()
    assert {each.fate for each in told} == {"refused"}
    assert len(told) == len(data)
    return [" ".join(each.reasons) for each in told]


async def test_what_its_signer_has_not_signed_is_refused_and_uses_up_no_version(plant: FarPlant) -> None:
    async with a_plc() as plc:
        text = plant.text(device("plc", plc.port, [1]))
        good = plant.envelope(2**50, text)
        stranger = plant.envelope(2**50, text, Ed25519PrivateKey.generate())
        changed = good.to_json().replace("/plc-1", "/plc-2").encode()
        renumbered = good.to_json().replace(str(2**50), str(2**51)).encode()
        reasons = await refused(plant, plc, stranger.to_json().encode(), changed, renumbered, b"{}", b"\xff\x00")
        assert all("signature" in reason for reason in reasons[:3])
        assert all("no envelope" in reason for reason in reasons[3:])
        async with far_edge(plant.folder / "edge.yaml") as edge:
            await plant.push(1, text)
            assert [each.fate for each in (await plant.until_told(7))[5:]] == ["accepted", "applied"]
            assert edge.agent.version == 1


async def test_a_config_for_another_edge_is_refused(plant: FarPlant) -> None:
    async with a_plc() as plc:
        text = plant.text(device("plc", plc.port, [1]))
        others = [plant.envelope(5, text, edge="edge-fleet"), plant.envelope(5, text, site="elsewhere")]
        reasons = await refused(plant, plc, *(each.to_json().encode() for each in others))
        assert [
            f"it is for {name}" in reason
            for name, reason in zip((f"{SITE}/edge-fleet", f"elsewhere/{EDGE}"), reasons, strict=True)
        ] == [True, True]


async def test_an_old_version_is_refused_even_when_its_signature_is_good(plant: FarPlant) -> None:
    async with a_plc() as plc:
        old = plant.envelope(3, plant.text(device("plc", plc.port, [1])))
        same = plant.envelope(4, plant.text(device("plc", plc.port, [1])))
        async with far_edge(plant.own_file(device("plc", plc.port, [0]))) as edge:
            await reads(edge, f"{ROOM}/plc-0")
            await plant.push(4, plant.text(device("plc", plc.port, [0, 2])))
            await plant.until_told(2)
            for replayed in (old, same):
                edge.desk.put(replayed.to_json().encode())
            told = await plant.until_told(4)
            assert edge.points() == {f"{ROOM}/plc-0", f"{ROOM}/plc-2"}
        assert [(each.version, each.fate) for each in told[2:]] == [(3, "refused"), (4, "refused")]
        assert told[2].reasons == ["version 3 is not above 4, which this edge has seen already"]


async def test_mistakes_are_told_with_their_lines_before_anything_is_tried(plant: FarPlant) -> None:
    async with a_plc() as plc:
        text = plant.text(device("plc", plc.port, [1])).replace("area: input", "area: inputs")
        async with far_edge(plant.own_file(device("plc", plc.port, [0]))) as edge:
            await plant.push(1, text + "colour: blue\n")
            await plant.push(2, plant.text(device("plc", plc.port, [1]), site="${NOT_SET_HERE}"))
            told = await plant.until_told(2)
            assert edge.agent.reloads == 0
        line = text.splitlines().index("    area: inputs") + 1
        assert any(reason.startswith(f"{EDGE} version 1:{line}: ") for reason in told[0].reasons)
        assert any("`colour` is not known here" in reason for reason in told[0].reasons)
        assert any("the environment has no NOT_SET_HERE" in reason for reason in told[1].reasons)


async def test_variables_are_filled_in_at_the_edge_and_never_told(plant: FarPlant) -> None:
    async with a_plc() as plc:
        text = plant.text(device("plc", plc.port, [0]), groups={"fast": {"period_s": "${SECRET_PORT}"}})
        async with far_edge(plant.own_file(device("plc", plc.port, [0]))) as edge:
            await plant.push(1, text)
            await plant.until_told(2)
            assert edge.agent.config.groups["fast"].period_s == 1.0
            assert "${SECRET_PORT}" in edge.store.text_of(1).read_text()


async def test_what_binds_the_edge_to_its_plant_does_not_come_from_afar(plant: FarPlant) -> None:
    async with a_plc() as plc:
        bindings: list[dict[str, object]] = [
            {"remote": {"signer": Signer(plant.server, plant.folder).signer}},
            {"remote": None},
            {"uplink": {"url": "nats://somewhere.else:4222"}},
            {"uplink": {"url": plant.server.url, "user": EDGE, "password_env": "PATH"}},
            {"buffer": {"folder": str(plant.folder / "elsewhere")}},
            {"edge": "edge-fleet"},
        ]
        async with far_edge(plant.own_file(device("plc", plc.port, [0]))) as edge:
            for version, binding in enumerate(bindings, 1):
                await plant.push(version, plant.text(device("plc", plc.port, [1]), **binding))
                told = await plant.until_told(version)
                (key,) = binding
                assert told[-1].fate == "refused"
                assert f"`{key}` can't be changed from afar" in " ".join(told[-1].reasons)
            assert edge.agent.reloads == 0


async def test_a_new_device_that_does_not_answer_is_found_before_anything_changes(
    plant: FarPlant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "CHECK_S", 1.0)
    async with a_plc() as plc:
        async with a_plc() as gone:
            nobody = gone.port
        async with far_edge(plant.own_file(device("plc", plc.port, [0]))) as edge:
            await plant.push(1, plant.text(device("plc", plc.port, [0]), device("new", nobody, [0])))
            (told,) = await plant.until_told(1)
            assert edge.agent.reloads == 0
        assert (told.fate, "takes no connection" in told.reasons[0]) == ("refused", True)


async def test_a_point_that_the_device_does_not_have_is_rolled_back(plant: FarPlant) -> None:
    async with a_plc() as plc, far_edge(plant.own_file(device("plc", plc.port, [0]))) as edge:
        await reads(edge, f"{ROOM}/plc-0")
        await plant.push(1, plant.text(device("plc", plc.port, [0, 99])))
        told = await plant.until_told(2)
        assert [each.fate for each in told] == ["accepted", "rolled-back"]
        assert f"{ROOM}/plc-99 can't be read" in told[1].reasons[0]
        await until(lambda: edge.points() == {f"{ROOM}/plc-0"})
        assert edge.agent.version is None
        assert plc.connections == 1  # neither the change nor the way back took the connection


async def test_a_device_that_is_lost_by_the_change_is_rolled_back(plant: FarPlant) -> None:
    async with a_plc() as plc:
        plc.asleep_s = 0.2  # longer than the new config has patience for
        async with far_edge(plant.own_file(device("plc", plc.port, [0]))) as edge:
            await reads(edge, f"{ROOM}/plc-0")
            await plant.push(1, plant.text(device("plc", plc.port, [0], timeout_s=0.05)))
            told = await plant.until_told(2)
            assert [each.fate for each in told] == ["accepted", "rolled-back"]
            assert "plc was connected and is" in told[1].reasons[0]
            await until(lambda: edge.agent.devices.health()["plc"].link is Link.CONNECTED, 20)
            before = edge.agent.intake.heard_s[f"{ROOM}/plc-0"]
            await until(lambda: edge.agent.intake.heard_s[f"{ROOM}/plc-0"] > before)


async def test_each_step_has_its_audit_row_and_is_stored_once(plant: FarPlant, database: Database) -> None:
    async with a_plc() as plc:
        async with far_edge(plant.own_file(device("plc", plc.port, [0]))):
            await plant.push(1, plant.text(device("plc", plc.port, [0, 1])))
            await plant.until_told(2)
        with psycopg.connect(database.owner) as connection:
            rows = connection.execute("select actor, action, entity_id from audit order by seq").fetchall()
        assert rows == [
            ("engineer", "edge-config.push", f"{EDGE}/1"),
            (f"edge:{EDGE}", "edge-config.accepted", f"{EDGE}/1"),
            (f"edge:{EDGE}", "edge-config.applied", f"{EDGE}/1"),
        ]
