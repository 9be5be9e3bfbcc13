"""A superuser alters a signed batch record, a closed deviation and the trail: page, gate, proof and alarm all tell."""

from __future__ import annotations

import psycopg

from mes.alarms import service as alarms
from mes.alarms.model import Kind as AlarmKind
from mes.audit.service import verify
from mes.exceptions import judging
from mes.exceptions import service as exceptions
from mes.exceptions.model import Kind, Severity
from mes.notifications.trail import prove
from mes.quality import deviation_lots, deviations, handling
from mes.quality.model import Decision, Disposition
from tests.integration.release.certified import Desk, signed
from tests.integration.release.test_copies import visit
from tests.plugins.cold_room import signed_by
from tests.plugins.database import Database
from tests.plugins.web import problem

VALUE = "update batch_value set number = 100 where name = 'good'"
DEVIATION = "update deviation set description = 'nothing was found'"
LAST = "select max(seq) from audit where entity = 'batch_step'"
ROW = f"update audit set after = '{{}}' where seq = ({LAST})"


def alter(database: Database, table: str, statement: str) -> None:
    """With the guards switched off, as who owns the database could."""
    with psycopg.connect(database.owner) as owner:
        owner.execute(f"alter table {table} disable trigger all".encode())
        owner.execute(statement.encode())
        owner.execute(f"alter table {table} enable trigger all".encode())


async def lacks(desk: Desk, code: str) -> set[str]:
    gates = (await desk.web.program("qa").get(f"/api/batches/{desk.batch_id}/gate")).json()["gates"]
    [found] = [gate["found"] for gate in gates if gate["code"] == code]
    return {each["lack"] for each in found}


async def test_a_value_altered_after_the_reviews_breaks_both_and_is_not_certified(
    desk: Desk, database: Database
) -> None:
    await desk.reviewed()
    await desk.trail_reviewed()
    alter(database, "batch_value", VALUE)
    alter(database, "audit", ROW)
    assert await lacks(desk, "G1") == {"production_review_broken", "quality_review_broken"}
    qp = await desk.web.person("qp")
    version = (await desk.batch()).version
    refused = await signed(qp, desk.batch_id, "certify", meaning="released", version=version)
    assert (refused.status_code, "G1" in problem(refused)["failed_guards"]) == (409, True)
    page = (await visit(desk, "warehouse")).page
    marks = [e.attributes for e in page.elements if e.attributes.get("data-testid") == "signature"]
    assert marks
    assert {mark["data-valid"] for mark in marks} == {"no"}
    async with desk.here.plant.work() as work:
        [(first,)] = await (await work.db.execute(LAST.encode())).fetchall()
        assert (await verify(work)).first_bad_seq == first
        await prove(work)
    async with desk.here.plant.work() as work:
        [alarm] = (await alarms.standing(work, AlarmKind.AUDIT_TAMPER)).values()
    assert f"row {first}" in alarm.message_en


async def test_a_deviation_altered_after_it_was_closed_keeps_the_batch(desk: Desk, database: Database) -> None:
    deviation_id = await closed_deviation(desk)
    assert await lacks(desk, "G3") == set()
    alter(database, "deviation", DEVIATION)
    assert await lacks(desk, "G3") == {"deviation_altered"}
    keeper = await visit(desk, "warehouse")
    page = await keeper.open(f"/deviations/{deviation_id}")
    assert page.marked("signature").attributes["data-valid"] == "no"


async def closed_deviation(desk: Desk) -> int:
    """A major exception of the batch went into a deviation that is closed and allows its lot."""
    plant = desk.here.plant
    async with plant.work("program") as work:
        raised = await exceptions.raise_exception(
            work, desk.batch_id, Kind.OOS_VALUE, severity=Severity.MAJOR, said={"value": "9"}, key="late:1"
        )
    async with plant.work("operator") as work:
        sent = await judging.escalate(work, raised.id, version=raised.version, reason="out of limits")
    assert sent.deviation_id is not None
    steps = (
        ("report", handling.Said()),
        ("classify", handling.Said(severity=Severity.MINOR)),
    )
    for step, said in steps:
        async with plant.work("maintenance") as work:
            before = await deviations.deviation(work, sent.deviation_id)
            found = await handling.take_step(work, before.id, step, version=before.version, said=said)
    async with plant.work() as work:
        [named] = await deviation_lots.lots_of(work, [sent.deviation_id])
        decision = Decision(lot_id=named.lot_id, disposition=Disposition.NO_IMPACT, reason="within limits")
        found = await deviation_lots.decide(work, sent.deviation_id, decision, version=found.version)
        await handling.sign_step(
            work,
            found.id,
            "close",
            version=found.version,
            credentials=signed_by("qa"),
            meaning="approved",
            reason="judged",
        )
    return sent.deviation_id
