"""One batch record is issued for a batch: every copy on paper is counted, and says which one it is."""

from __future__ import annotations

import httpx

from dashboards.app import build
from dashboards.reports.making import make
from mes.reports import service as reports
from tests.integration.dashboards.visitor import Visitor
from tests.integration.release.certified import Desk
from tests.integration.reports.conftest import text_of
from tests.plugins.web import PASSWORD, UNHURRIED


async def visit(desk: Desk, role: str, language: str = "en") -> Visitor:
    """Somebody of that role at the batch's page."""
    await desk.web.hire(role)
    transport = httpx.ASGITransport(build(desk.web.doors, rates=UNHURRIED))
    visitor = Visitor(httpx.AsyncClient(transport=transport, base_url="http://plant", cookies={"language": language}))
    await visitor.sign_in(f"{role}-1", PASSWORD)
    await visitor.open(f"/batches/{desk.batch_id}")
    return visitor


async def paper(desk: Desk, subject: str) -> str:
    """What the PDF of a report that was asked for says."""
    plant = desk.here.plant
    async with plant.work() as work:
        [asked] = await reports.reports(work, kind="batch_record", subject=subject)
    kept = await make(plant.pool, plant.clock, asked.id)
    async with plant.work() as work:
        assert kept is not None, (await reports.report(work, asked.id)).failure_told
        return " ".join(text_of(await reports.file(work, kept.id)).split())


async def test_a_second_copy_has_a_reason_and_its_number(desk: Desk) -> None:
    qa = await visit(desk, "qa")
    number, action = (await desk.batch()).number, f"/batches/{desk.batch_id}/prints"
    page = await qa.send(action)
    assert (page.status, page.code) == (200, "batch.print")
    page = await qa.open(f"/batches/{desk.batch_id}")
    assert page.marked("batch-copies").text.startswith("1")
    refused = await qa.send(action, reason=" ")
    assert refused.code == "ReprintWithoutReason"
    await qa.open(f"/batches/{desk.batch_id}")
    assert (await qa.send(action, reason="page 3 was torn")).code == "batch.print"
    async with desk.here.plant.work() as work:
        told = {report.subject for report in await reports.reports(work, kind="batch_record")}
    assert told == {f"{number}#1", f"{number}#2"}
    assert "Copy 1 of the batch record" in await paper(desk, f"{number}#1")
    second = await paper(desk, f"{number}#2")
    assert "Copy 2 of the batch record" in second
    assert "page 3 was torn" in second
    await qa.open("/reports?kind=batch_record")
    await qa.send("/reports", kind="batch_record", subject=number, language="zh")
    assert "不是受控的批记录副本" in (await paper(desk, number)).replace(" ", "")


async def test_who_may_not_print_is_offered_nothing(desk: Desk) -> None:
    keeper = await visit(desk, "warehouse")
    assert not keeper.page.has("batch-open-print")
    secrets = keeper.page.hidden("/sign-out")
    assert secrets
    action, partly = f"/batches/{desk.batch_id}/prints", {"hx-request": "true"}
    answer = await keeper.client.post(action, data=secrets, headers=partly)
    assert (answer.status_code, "RoleMissing" in answer.text) == (403, True)
    assert await desk.here.plant.count("batch_print") == 0


async def test_the_qualified_person_takes_a_copy_and_an_operator_does_not(desk: Desk) -> None:
    """Programs and pages let the same people take one."""
    at = f"/api/batches/{desk.batch_id}/prints"
    answers = [await desk.web.program(role).post(at, json={"reason": "for the file"}) for role in ("qp", "operator")]
    assert [(answer.status_code, answer.json().get("copy")) for answer in answers] == [(201, 1), (403, None)]
