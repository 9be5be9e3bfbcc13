"""The demo plant's quality system: whoever opens it finds documents, a trained crew, suppliers, cases in hand; once."""

from __future__ import annotations

from pathlib import Path

from isotherm.demo_documents import PROCEDURES
from isotherm.demo_proof import prove
from isotherm.demo_stock import stock_demo
from isotherm.first_entry import let_in
from mes.actions import service as actions
from mes.capa import service as capas
from mes.changes import service as changes
from mes.complaints import service as complaints
from mes.documents import service as documents
from mes.people import service as people
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.purchasing import service as purchasing
from mes.suppliers import service as suppliers
from mes.training import service as training
from telemetry.work import Work
from tests.plugins.database import NOW

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"


async def test_a_visitor_finds_the_quality_system_at_work(work: Work) -> None:
    model = read_plant(DEMO)
    await apply(work, model, "test")
    entries = await let_in(work, model.people, {})
    await stock_demo(work, NOW)
    await prove(work, NOW, entries)
    await prove(work, NOW, entries)
    asked = {code for recipe in model.recipes for step in recipe.operations for code in step.documents}
    assert asked <= set(await documents.effective_documents(work, NOW))
    ids = {person.username: person.id for person in await people.people(work)}
    for who in ("operator", "lead"):
        assert not await training.untrained(work, ids[who], [each.code for each in PROCEDURES], NOW)
    assert await training.untrained(work, ids["warehouse"], ["SOP-203"], NOW) == ["SOP-203"]
    for line in (line for recipe in model.recipes for line in recipe.lines):
        rows = await suppliers.approvals(work, item_code=line.item)
        assert await suppliers.approved(work, rows[0].supplier, line.item, NOW.date())
    ordered = await purchasing.expected(work, open_only=True)
    assert [each.code for each in ordered if each.is_late(NOW.date())] == ["PO-2611-08/10"]
    assert not await purchasing.unapproved(work, ordered)
    [capa], [change], [complaint] = (
        await capas.capas(work),
        await changes.changes(work),
        await complaints.complaints(work),
    )
    assert [each.done for each in await actions.actions(work, capas.record(capa))] == [True, False]
    assert (capa.status, change.status, complaint.status) == ("implementing", "implementing", "investigating")
