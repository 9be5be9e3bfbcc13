"""A sensor is found wrong: what it measured is looked at again, lots are held, QA concludes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from mes.inventory import service as inventory
from mes.quality import deviations
from mes.sensors import doubt, look_backs
from mes.sensors import service as sensors
from mes.sensors.model import ReferencePoint
from mes.transitions import Refused
from tests.integration.sensors.conftest import Sensors
from tests.plugins.cold_room import minute, signed_by
from tests.unit.sensors.papers import a_certificate

WARM = [(float(m), 5.0 if m < 10 or m >= 40 else 7.2) for m in range(60)]
"""Half an hour at 7.2 °C: within limits, unless the sensor shows a degree too little."""


@pytest.fixture
async def doubted(sensors_of: Sensors) -> look_backs.LookBack:
    """Shown -1.2 °C too low since the last good calibration; a lot stood there all the time, another left before."""
    store = sensors_of.store
    await sensors_of.put("S-1")
    await sensors_of.calibrate("S-1", days=-300)
    await store.put_lot("STAYED")
    await store.put_lot("LEFT")
    await store.read(*WARM)
    await store.move_lot("LEFT", "cold-room-1", at=5)
    store.clock.at = minute(120)
    assert await store.held() == set()
    _, found = await sensors_of.calibrate("S-1", days=0, found="-1.2", left="0")
    assert found is not None
    return found


async def test_what_nobody_was_told_of_is_found_and_its_lots_are_held(
    sensors_of: Sensors, doubted: look_backs.LookBack
) -> None:
    assert doubted.findings["errors"] == [-1.2]
    [stay] = doubted.findings["stays"]
    assert stay["days"] == [{"day": "2026-01-15", "readings": 60, "bad": 0, "low": 5.0, "high": 7.2}]
    assert {lot["number"] for lot in stay["lots"]} == {"STAYED", "LEFT"}
    [change] = stay["changes"]
    assert (change["verdict"], change["side"], change["error"]) == ("appears", "high", "-1.2")
    assert (change["start"], change["end"]) == (minute(10).isoformat(), minute(40).isoformat())
    assert (change["peak"], change["worst_case_s"], change["was_worst_case_s"]) == (7.2 + 1.2, 1800, None)
    assert await sensors_of.store.held() == {"STAYED"}
    async with sensors_of.store.work() as work:
        drafted = await deviations.deviation(work, doubted.deviation_id)
    assert "S-1" in drafted.title_en
    assert await sensors_of.store.count("reading where value = 7.2") == 30  # the raw readings are what they were


async def test_qa_concludes_with_a_signature_and_the_holds_are_lifted(
    sensors_of: Sensors, doubted: look_backs.LookBack
) -> None:
    conclude = partial(
        look_backs.conclude, credentials=signed_by(), meaning="reviewed", reason="stability data cover it"
    )
    with pytest.raises(Refused) as refused:
        async with sensors_of.store.work() as work:
            await conclude(work, doubted.id, version=1, conclusion=" ")
    assert refused.value.failed == ("conclusion_given",)
    async with sensors_of.store.work() as work:
        over = await conclude(work, doubted.id, version=1, conclusion="No lot is affected.")
        [hold] = await inventory.holds(work, cause=doubted.hold_cause)
    assert over.concluded_at is not None
    assert hold.signature_id == over.signature_id
    assert await sensors_of.store.held() == set()
    with pytest.raises(Refused):
        async with sensors_of.store.work() as work:
            await conclude(work, doubted.id, version=2, conclusion="Again.")


async def test_a_sensor_found_good_brings_no_look_back(sensors_of: Sensors) -> None:
    await sensors_of.put("S-1")
    _, found = await sensors_of.calibrate("S-1", days=-1, found="-0.5")  # at its tolerance is within it
    assert found is None
    assert await sensors_of.store.count("look_back") == 0


async def test_only_where_the_sensor_served_is_looked_at(sensors_of: Sensors) -> None:
    """It went from room 2 to room 1 in the middle: both rooms, each for its own time."""
    store = sensors_of.store
    await sensors_of.put("S-1")
    await store.read(*WARM)
    await sensors_of.put("S-2", days=20 / 1440)
    await store.look()
    _, found = await sensors_of.calibrate("S-1", days=0, found="-1.2", left="0")
    assert found is not None
    [stay] = found.findings["stays"]
    assert stay["to"] == minute(20).isoformat()
    assert sum(day["readings"] for day in stay["days"]) == 20
    assert found.good_id is None


async def test_a_point_that_was_moved_is_looked_at_room_by_room(sensors_of: Sensors) -> None:
    store = sensors_of.store
    await sensors_of.put("S-1")
    await store.put_lot("ROOM-2")
    await store.put_lot("ROOM-1", "cold-room-1")
    await store.read(*WARM)
    async with store.work("engineer") as work:
        point_id = await sensors_of.point_id(work)
        await sensors.move_point(work, point_id, zone_id=store.rooms["cold-room-1"], reason="rack moved", at=minute(5))
    _, found = await sensors_of.calibrate("S-1", days=0, found="-1.2", left="0")
    assert found is not None
    rooms = [(stay["zone_id"], {lot["number"] for lot in stay["lots"]}) for stay in found.findings["stays"]]
    assert rooms == [(store.rooms["cold-room-2"], {"ROOM-2"}), (store.rooms["cold-room-1"], {"ROOM-1"})]
    assert await store.held() == {"ROOM-1"}  # it stood where the warm half hour was


@pytest.mark.parametrize("piece_min", [7, 25])
async def test_how_it_is_read_changes_nothing(
    sensors_of: Sensors, monkeypatch: pytest.MonkeyPatch, piece_min: int
) -> None:
    monkeypatch.setattr(doubt, "_A_PIECE", timedelta(minutes=piece_min))
    await sensors_of.put("S-1", days=-1 / 48)  # half an hour before the first reading: few pieces
    await sensors_of.store.read(*WARM)
    sensors_of.store.clock.at = minute(61)
    _, found = await sensors_of.calibrate("S-1", days=0, found="-1.2", left="0")
    assert found is not None
    [stay] = found.findings["stays"]
    [change] = stay["changes"]
    assert (change["start"], change["end"]) == (minute(10).isoformat(), minute(40).isoformat())
    assert change["worst_case_s"] == 1800
    assert stay["days"] == [{"day": "2026-01-15", "readings": 60, "bad": 0, "low": 5.0, "high": 7.2}]


def test_the_worst_error_of_each_side_is_taken_off() -> None:
    lines = [
        ReferencePoint(
            certificate_id=1, place=n, applied=Decimal(n), as_found=e, as_left=Decimal(0), uncertainty=Decimal(0)
        )
        for n, e in enumerate([Decimal("0.6"), Decimal("-0.9"), None, Decimal("0.4"), Decimal("0.7")])
    ]
    assert doubt.errors_of(a_certificate(tolerance="0.5"), lines) == (0.7, -0.9)
