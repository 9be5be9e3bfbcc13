"""The demo plant's workshop: whoever opens it finds a shelf, a repair that was verified, work that was handed over."""

from __future__ import annotations

from pathlib import Path

from isotherm.demo_gauges import DRAWER, lay_out
from isotherm.demo_maintenance import SHELF, maintain
from isotherm.first_entry import let_in
from mes.gauges import service as gauges
from mes.maintenance import parts, planning, records
from mes.maintenance import service as maintenance
from mes.maintenance.due import Standing
from mes.maintenance.model import Status
from mes.plant.apply import apply, difference
from mes.plant.check import read_plant
from mes.sensors.model import Standing as Calibration
from telemetry.work import Work
from tests.plugins.database import NOW

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"


async def test_a_visitor_finds_the_workshop_at_work(work: Work) -> None:
    model = read_plant(DEMO)
    await apply(work, model, "test")
    assert await difference(work, model) == [], "applied once, the folder has nothing to say"
    entries = await let_in(work, model.people, {})
    await maintain(work, NOW, entries)
    await maintain(work, NOW, entries)
    progress, closed = await maintenance.orders(work)
    assert (closed.status, progress.status) == (Status.CLOSED, Status.IN_PROGRESS)
    assert [each.act for each in await records.log_of(work, progress.id)][-1] == "handed_over"
    found = await parts.parts(work)
    assert {part.number for part in found} == set(SHELF)
    assert [part.number for part in found if part.low] == ["FLT-R404"]
    assert await parts.differing(work) == []
    standings = {each.plan.code: each.due.standing for each in await planning.planned(work)}
    assert Standing.OVERDUE not in standings.values()
    assert len(standings) == 4


async def test_a_visitor_finds_gauges_in_every_state(work: Work) -> None:
    model = read_plant(DEMO)
    await apply(work, model, "test")
    entries = await let_in(work, model.people, {})
    await lay_out(work, NOW, entries)
    await lay_out(work, NOW, entries)
    found = await gauges.gauges(work)
    states = await gauges.standing(work, found, NOW)
    standings = {each.serial: states[each.id].standing for each in found}
    assert standings == {
        "TH-031": Calibration.VALID,
        "TW-102": Calibration.DUE,
        "PG-017": Calibration.OVERDUE,
        "VC-009": Calibration.UNKNOWN,
    }
    assert len(found) == len(DRAWER)
