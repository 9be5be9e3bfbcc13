"""The trail of a batch is whole: whatever was done at its steps is in it, and who did it does not review it."""

from __future__ import annotations

import json

import pytest

from mes.audit import reviews as trail
from mes.audit.reviews import ReviewOfOwnWork
from tests.integration.release.certified import Desk
from tests.integration.release.test_copies import visit
from tests.plugins.cold_room import PASSWORD, signed_by

_NEWEST = 3


async def the_trail(desk: Desk, **which: int | bool) -> list[tuple[str, str]]:
    about = trail.Range(scope="batch", subject=str(desk.batch_id))
    async with desk.here.plant.work() as work:
        return [(row.entity, row.action) for row in await trail.rows(work, about, **which)]  # type: ignore[arg-type]


async def test_every_hand_laid_on_a_batch_is_in_its_trail(desk: Desk) -> None:
    told = set(await the_trail(desk))
    assert {
        ("batch", "batch.issue"),
        ("order", "order.release"),
        ("batch_operation", "batch_operation.complete"),
        ("batch_operation", "signature.apply"),
        ("batch_step", "batch_value.enter"),
        ("batch_step", "batch_step.done"),
        ("dispensing", "dispensing.weigh"),
        ("batch", "batch.issue_material"),
        ("batch_evidence", "batch_evidence.record"),
    } <= told
    newest = await the_trail(desk, limit=_NEWEST, newest=True)
    assert newest == list(reversed(await the_trail(desk)))[:_NEWEST]
    shown = (await visit(desk, "lead")).page.marked("trail").text
    assert ("Value entered" in shown, "batch_value" in shown) == (True, False)  # acts are words there


async def test_who_entered_a_value_does_not_review_the_trail(desk: Desk) -> None:
    """The operator is given QA's role on the day after: the rows still tell whose work it is."""
    async with desk.here.plant.work("admin") as work:
        await work.db.execute(
            b"insert into person_role (person_id, role) select id, 'qa' from person where username = 'operator'"
        )
    about = trail.Range(scope="batch", subject=str(desk.batch_id))
    by = {"credentials": signed_by("operator", PASSWORD), "meaning": "reviewed", "reason": "read"}
    async with desk.here.plant.work("operator") as work:
        with pytest.raises(ReviewOfOwnWork):
            await trail.sign_review(work, about, findings="", conclusion=trail.Conclusion.NO_FINDINGS, **by)  # type: ignore[arg-type]


async def test_a_value_that_is_corrected_after_the_review_asks_for_another(desk: Desk) -> None:
    await desk.web.hire("qa")
    await desk.trail_reviewed()
    async with desk.here.plant.work() as work:
        assert await trail.reviewed(work, "batch", desk.batch_id) is not None
        [(step_id,)] = await (await work.db.execute(b"select max(id) from batch_step")).fetchall()
        work.audit("batch_value.correct", "batch_step", step_id, before={"value": "99"}, after={"value": "98"})
    async with desk.here.plant.work() as work:
        assert await trail.reviewed(work, "batch", desk.batch_id) is None


async def test_rows_that_name_a_batch_are_found_by_their_index(desk: Desk) -> None:
    async with desk.here.plant.work() as work:
        await work.db.execute(b"set local enable_seqscan = off")
        values = {"subject": "1", "last_seq": 10**6, "after_seq": 0, "from_time": None, "to_time": None}
        explain = "explain (format json) " + trail.SQL["batch_rows"]
        answer = await work.db.execute(explain.encode(), values | {"newest": True, "limit": 10})
        [(plan,)] = await answer.fetchall()
    assert "audit_of_batch" in json.dumps(plan)
    assert "audit_entity" in json.dumps(plan)
