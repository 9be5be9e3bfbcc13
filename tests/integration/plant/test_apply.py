"""The plant model goes into the database: what differs is told, applied and audited; nothing is deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from mes.inventory import stock
from mes.plant import service as plant
from mes.plant.apply import Action, OtherSite, PolicyVersionFrozen, ZoneOccupied, apply, difference
from mes.plant.check import PlantModel, read_plant
from mes.plant.model import EquipmentStatus, rule_at
from mes.plant.words import PlantPolicy
from mes.policies import changes
from mes.policies.document import PolicyWrong
from mes.policies.model import ChangeStatus
from mes.policies.words import Name
from models.policy import Level
from telemetry.work import Work
from tests.plugins.database import NOW

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"
FIRST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def model() -> PlantModel:
    return read_plant(DEMO)


def reworded(model: PlantModel, name: str, value: object) -> PlantPolicy:
    """The folder's first policy, with one thing else in it."""
    return replaced(model.policies[0], name, value)


def replaced(entry: PlantPolicy, name: str, value: object) -> PlantPolicy:
    return entry.model_copy(update={"policy": replace(entry.policy, **{name: value})})  # type: ignore[arg-type]


async def audited(work: Work, entity: str) -> list[tuple[str, str, str]]:
    await work.flush()
    rows = await work.db.execute("select action, entity_id, reason from audit where entity = %s order by seq", [entity])
    return [(a, b, c) for a, b, c in await rows.fetchall()]


async def test_the_demo_plant_stands_as_it_is_written(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    assert len(await plant.points(work)) == 75
    room = await plant.zone_named(work, "cold-room-2")
    assert (room.name_zh, room.policy) == ("2 号冷库", "cold-2-8")
    cooling = await plant.cooling_of(work, room.id)
    assert cooling is not None
    assert cooling.path == "hainan/cold-store/cold-room-2-compressor"
    judged = {point.name for point in await plant.points_judged_by(work, "frozen-20")}
    assert judged == {"hainan/cold-store/freezer-1/air-1", "hainan/cold-store/freezer-1/air-2"}
    assert len(await plant.points_in(work, room.id)) == 13
    point = await plant.point_named(work, "hainan/filling/line-1/torque")
    assert (point.unit, point.role, point.resolution) == ("N.m", "torque", Decimal("0.01"))
    assert await plant.point(work, point.point_id) == point
    rows = await audited(work, "point")
    assert len(rows) == 75
    assert {(action, reason) for action, _, reason in rows} == {("plant.add", "first start")}


async def test_a_truck_cools_itself_and_a_line_is_not_cooled(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    truck = await plant.cooling_of(work, (await plant.zone_named(work, "truck-1")).id)
    assert truck is not None
    assert truck.kind == "vehicle"
    assert await plant.cooling_of(work, (await plant.zone_named(work, "line-1")).id) is None


async def test_applied_twice_changes_nothing_and_writes_nothing(work: Work, model: PlantModel) -> None:
    first = await apply(work, model, "first start")
    entities = {
        "site",
        "area",
        "zone",
        "equipment",
        "point",
        "item",
        "policy",
        "ladder",
        "shift",
        "stability",
        "recipe",
        "trade",
        "maintenance_plan",
        "spare_part",
        "machine_care",
        "machine_health",
        "round_plan",
        "failure_code",
    }
    assert {change.entity for change in first} == entities
    assert await difference(work, model) == []
    assert await apply(work, model, "second start") == []
    await work.flush()
    assert await work.scalar("select count(*) from audit") == len(first)


async def test_a_changed_name_is_one_change_with_before_and_after(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    renamed = model.zones[0].model_copy(update={"name": Name(en="Line A", zh="甲线")})
    [change] = await apply(work, replace(model, zones=(renamed, *model.zones[1:])), "new signs")
    assert (change.action, change.key) == (Action.CHANGE, renamed.code)
    assert change.after == {"name_en": "Line A", "name_zh": "甲线"}
    assert (await plant.zone_named(work, renamed.code)).name_en == "Line A"
    assert (await audited(work, "zone"))[-1] == ("plant.change", renamed.code, "new signs")


async def test_what_leaves_the_model_is_retired_and_can_come_back(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    path = "hainan/cold-store/outdoor"
    ambient = await plant.point_named(work, f"{path}/ambient")
    without = replace(model, equipment=tuple(m for m in model.equipment if m.code != "outdoor"))
    changes = await apply(work, without, "station broken")
    assert {(c.action, c.entity, c.key) for c in changes} == {
        (Action.RETIRE, "equipment", path),
        (Action.RETIRE, "point", f"{path}/ambient"),
    }
    assert await difference(work, without) == []
    assert len(await plant.points(work)) == 74
    assert (await plant.machine_named(work, path)).status is EquipmentStatus.RETIRED
    with pytest.raises(plant.PointNotFound):
        await plant.point_named(work, f"{path}/ambient")
    assert await plant.point(work, ambient.point_id) == ambient  # records may refer to it
    await apply(work, model, "station mended")
    assert len(await plant.points(work)) == 75
    assert (await plant.machine_named(work, path)).status is EquipmentStatus.READY


async def test_maintenance_keeps_its_status_when_the_model_is_applied_again(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    machine = await plant.machine_named(work, "hainan/filling/line-1")
    await plant.set_equipment_status(work, machine.id, EquipmentStatus.UNDER_MAINTENANCE, reason="MO-2026-0001")
    renamed = [m.model_copy(update={"name": Name(en="A", zh="甲")}) for m in model.equipment if m.code == "line-1"]
    others = [m for m in model.equipment if m.code != "line-1"]
    await apply(work, replace(model, equipment=(*renamed, *others)), "new signs")
    assert (await plant.machine(work, machine.id)).status is EquipmentStatus.UNDER_MAINTENANCE


async def test_a_zone_in_which_lots_stand_can_not_leave(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    truck = await plant.zone_named(work, "truck-2")
    said = {"number": "L1", "item": "FG-PEN", "quantity": Decimal(5), "expires_on": date(2027, 1, 1)}
    await stock.receive_lot(work, zone_id=truck.id, **said)  # type: ignore[arg-type]
    without = replace(
        model,
        zones=tuple(z for z in model.zones if z.code != "truck-2"),
        equipment=tuple(m for m in model.equipment if m.code != "truck-2"),
    )
    with pytest.raises(ZoneOccupied) as refused:
        await apply(work, without, "sold")
    assert refused.value.facts["lots"] == ["L1"]


async def test_new_limits_are_a_new_version_and_the_old_one_stays(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    [v1] = await plant.rules_for(work, "cold-2-8")
    short = replace(v1.terms, delay_s=20, title_en="Short delay")
    v2 = await plant.add_rule_version(work, "cold-2-8", short, effective_from=NOW, reason="demo")
    old, new = await plant.rules_for(work, "cold-2-8")
    assert (old.terms, old.effective_from, old.effective_to) == (v1.terms, FIRST, NOW)
    assert new == v2
    assert (new.version, new.delay_s, new.effective_to, new.applied_by) == (2, 20, None, "qa")
    assert rule_at([old, new], NOW) == new
    assert rule_at([old, new], NOW - timedelta(microseconds=1)) == old
    assert rule_at([old, new], FIRST - timedelta(days=1)) is None
    assert (await plant.rules_in_force(work, NOW))["cold-2-8"] == new
    assert await difference(work, model) == []  # the folder's version 1 is there, whatever came after it
    assert (await audited(work, "policy"))[-1] == ("policy.version", "cold-2-8", "demo")


async def test_a_version_gives_the_limits_that_the_evaluator_takes(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    [v1] = await plant.rules_for(work, "cold-2-8")
    limits = {level.value: v1.policy.limits(level) for level in Level}
    assert {level: [(x.low, x.high, x.delay_s) for x in found] for level, found in limits.items()} == {
        "warn": [(3, 7, 0)],
        "alarm": [(2, 8, 600)],
        "critical": [(0, 15, 0)],
    }
    assert {(x.deadband, x.stale_s, x.resolution) for [x] in limits.values()} == {(0.3, 300, Decimal("0.1"))}
    assert v1.alarm() == limits["alarm"][0]


async def test_limits_can_not_be_changed_in_place(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    warmer = reworded(model, "deadband", 0.1)
    with pytest.raises(PolicyVersionFrozen) as refused:
        await apply(work, replace(model, policies=(warmer,)), "it is warm")
    assert refused.value.facts["differs"] == ["shared.deadband"]


async def test_a_folder_with_the_next_version_proposes_it_once(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    tomorrow = NOW + timedelta(days=1)
    update = {"version": 2, "effective_from": tomorrow, "reason": "new product"}
    stricter = reworded(model, "deadband", 0.1).model_copy(update=update)
    folder = replace(model, policies=(stricter, model.policies[1]))
    [change] = await apply(work, folder, "change 12")
    assert (change.action, change.before, change.after) == (
        Action.PROPOSE,
        {"shared.deadband": 0.3, "version": 1},
        {"shared.deadband": 0.1, "version": 2, "effective_from": tomorrow},
    )
    [proposed] = await changes.changes(work, "cold-2-8")
    assert (proposed.number, proposed.effective_from, proposed.status) == (2, tomorrow, ChangeStatus.PROPOSED)
    assert proposed.reason == "new product (change 12)"
    assert len(await plant.rules_for(work, "cold-2-8")) == 1  # nothing is in force before it is signed
    assert await difference(work, folder) == []
    again = replace(folder, policies=(replaced(stricter, "deadband", 0.2), model.policies[1]))
    [change] = await apply(work, again, "change 13")
    assert change.action is Action.PROPOSE
    states = [(each.policy.deadband, each.status) for each in await changes.changes(work, "cold-2-8")]
    assert states == [(0.2, ChangeStatus.PROPOSED), (0.1, ChangeStatus.WITHDRAWN)]


async def test_limits_that_can_not_be_evaluated_do_not_get_in(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    [v1] = await plant.rules_for(work, "cold-2-8")
    unsound = replace(v1.terms, deadband=7.0)
    with pytest.raises(PolicyWrong):
        await plant.add_rule_version(work, "cold-2-8", unsound, effective_from=NOW, reason="typo")
    assert await plant.rules_for(work, "cold-2-8") == [v1]


async def test_limits_do_not_judge_the_past_anew(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    [v1] = await plant.rules_for(work, "cold-2-8")
    past = NOW - timedelta(seconds=1)
    with pytest.raises(plant.RuleBackdated):
        await plant.add_rule_version(work, "cold-2-8", v1.terms, effective_from=past, reason="late")


@pytest.mark.parametrize("reason", ["", "  "])
async def test_nothing_is_applied_without_a_reason(work: Work, model: PlantModel, reason: str) -> None:
    with pytest.raises(plant.ChangeWithoutReason):
        await apply(work, model, reason)
    assert await plant.zones(work) == []


async def test_one_database_is_one_plant(work: Work, model: PlantModel) -> None:
    await apply(work, model, "first start")
    with pytest.raises(OtherSite):
        await difference(work, replace(model, site=model.site.model_copy(update={"code": "haikou"})))


async def test_a_point_that_readings_came_for_first_keeps_its_number(work: Work, model: PlantModel) -> None:
    name = "hainan/fleet/truck-1/air-1"
    await work.db.execute("insert into point (name) values (%s)", [name])
    number = await work.scalar("select id from point where name = %(name)s", name=name)
    await apply(work, model, "first start")
    assert (await plant.point_named(work, name)).point_id == number


async def test_numbers_count_in_the_plants_year(work: Work) -> None:
    new_year = Work("qa", datetime(2026, 12, 31, 16, tzinfo=UTC), work.db)  # 1 January 2027 in Haikou
    assert [await plant.next_number(work, "EXC") for _ in range(2)] == ["EXC-2026-0001", "EXC-2026-0002"]
    assert await plant.next_number(new_year, "EXC") == "EXC-2027-0001"
    assert await plant.next_number(work, "DEV") == "DEV-2026-0001"
