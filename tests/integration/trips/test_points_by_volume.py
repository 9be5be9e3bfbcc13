"""How many measuring points a vehicle must have by its volume before it is loaded (vectors b9 of trucks)."""

from __future__ import annotations

import pytest

from mes.mapping import spaces
from mes.mapping.model import SpaceKind
from mes.trips import service as trips
from mes.trips.service import NotReadyForLoading
from models.mapping import Space
from tests.integration.trips.truck import MEASURED, POINT, Truck

ENOUGH = "enough_points_are_live"


async def measured(truck: Truck, volume_m3: float, zone_id: int | None = None) -> None:
    """Somebody measures the vehicle, or a compartment of it."""
    async with truck.plant.work("engineer") as work:
        space = Space(length_m=volume_m3 / 4, width_m=2, height_m=2)
        await spaces.record_space(work, zone_id or truck.zone_id, SpaceKind.VEHICLE, space, reason="measured")


async def refusals(truck: Truck) -> tuple[set[str], str]:
    """Guards that fail when the warehouse wants to load, and what is said of it."""
    with pytest.raises(NotReadyForLoading) as refused:
        await truck.step("begin_loading")
    return set(refused.value.failed), str(refused.value.facts["detail"])


async def another_point(truck: Truck, measure: str, role: str, unit: str, zone_id: int | None = None) -> None:
    """A third probe with limits hangs in the truck."""
    [(machine,)] = await truck.plant.rows("select id from equipment where path = 'hainan/fleet/truck-1'")
    [(point_id,)] = await truck.plant.rows(POINT, f"hainan/fleet/truck-1/{measure}")
    zone = zone_id or truck.zone_id
    names = (measure, role, unit, measure, measure)
    await truck.plant.rows(MEASURED, point_id, machine, zone, *names, "cold-2-8")


@pytest.mark.parametrize(("volume_m3", "needed"), [(12, 2), (20, 2), (21, 3), (45, 4)])
async def test_b9_a_truck_is_loaded_only_with_the_points_that_its_volume_asks_for(
    truck: Truck, volume_m3: float, needed: int
) -> None:
    await measured(truck, volume_m3)
    await truck.plan()
    await truck.cold(0, 40)
    async with truck.plant.work() as work:
        seen = await trips.readiness(work, truck.zone_id)
    assert (seen.live_points, seen.required_points, seen.volume_m3) == (2, needed, volume_m3)
    if needed > 2:
        failed, said = await refusals(truck)
        assert failed == {ENOUGH}
        assert said.startswith(f"2 of {needed} measuring points live ({volume_m3} m3)")
    else:
        loading = await truck.step("begin_loading")
        assert loading.precooled is not None
        assert loading.precooled["volume_m3"] == volume_m3


async def test_a_third_point_lets_a_larger_truck_be_loaded_and_its_humidity_does_not(truck: Truck) -> None:
    await measured(truck, 21)
    await another_point(truck, "humidity", "humidity", "%")
    await truck.plan()
    await truck.cold(0, 40, probes=("air-1", "air-2", "humidity"))
    failed, _ = await refusals(truck)
    assert failed == {ENOUGH}
    await another_point(truck, "air-3", "air", "Cel")
    await truck.cold(10, 41, probes=("air-1", "air-2", "air-3", "humidity"))
    assert (await truck.step("begin_loading")).precooled is not None


async def test_each_compartment_that_is_recorded_counts_by_itself(truck: Truck) -> None:
    """Two compartments of 10 m3 need two points each, though their truck of 20 m3 would do with two."""
    bin_ = (
        "insert into zone (code, site, area, kind, name_en, name_zh, parent_id)"
        " values (%s, 'hainan', 'fleet', 'bin', %s, %s, %s) returning id"
    )
    front, rear = [(await truck.plant.rows(bin_, name, name, name, truck.zone_id))[0][0] for name in ("front", "rear")]
    for zone_id in (front, rear):
        await measured(truck, 10, zone_id)
    async with truck.plant.work() as work:
        need = await spaces.vehicle_need(work, truck.zone_id)
    assert (need.points, need.volume_m3) == (4, 20)


async def test_of_a_truck_that_nobody_measured_the_least_is_asked(truck: Truck) -> None:
    async with truck.plant.work() as work:
        need = await spaces.vehicle_need(work, truck.zone_id)
    assert (need.points, need.volume_m3) == (2, None)
