"""The audit trail and the training page hold a page's worth at a time, and tell facts as people say them."""

from __future__ import annotations

from datetime import date

from mes.audit.reviews import Conclusion, Range, sign_review
from mes.people.model import Credentials, Role
from mes.people.service import create_person, people
from mes.training import service as training
from mes.training.model import Method, Need
from telemetry.work import Pool, begin
from tests.integration.dashboards.test_proof_pages import PASSWORD, Visit, a_document_in_force, visit
from tests.integration.dashboards.visitor import Page
from tests.plugins.database import NOW

__all__ = ["visit"]


def seqs(page: Page) -> list[int]:
    return [int(e.attributes["data-seq"]) for e in page.elements if e.attributes.get("data-testid") == "audit-row"]


def texts(page: Page, mark: str) -> list[str]:
    return [e.text for e in page.elements if e.attributes.get("data-testid") == mark]


async def test_older_rows_follow_without_gap_and_the_filter_stays(visit: Visit, pool: Pool) -> None:
    async with begin(pool, "keeper", NOW) as work:
        for number in range(45):
            work.audit("lot.move", "lot", number, before={"zone": "cold-room-1"}, after={"zone": "cold-room-2"})
    qa = await visit("qa")
    page = await qa.open("/audit?entity=lot&actor=keeper")
    found = seqs(page)
    while page.has("audit-older"):
        assert len(seqs(page)) == 20
        page = await qa.open(page.marked("audit-older").attributes["href"])
        assert page.marked("audit-actor").attributes["value"] == "keeper"
        found += seqs(page)
    assert (len(found), found) == (45, sorted(found, reverse=True))
    newest = await qa.open(page.marked("audit-newest").attributes["href"])
    assert seqs(newest) == found[:20]


async def test_the_rows_of_a_record_say_what_became_of_what_and_fold_the_raw_facts(visit: Visit) -> None:
    operator, qa = await visit("operator"), await visit("qa")
    await operator.open("/deviations")
    await operator.send("/deviations", title="Cap torque", description="came off")
    await operator.send("/deviations/1/report", description="came off")
    page = await qa.open("/audit?entity=deviation&entity_id=1")
    row = next(e.text for e in page.elements if e.attributes.get("data-testid") == "audit-row")
    assert "Status" in row
    assert "Draft → Reported" in row
    assert "reported" in page.html[page.html.index("raw-facts") :]
    summaries = [e for e in page.elements if e.attributes.get("class") == "raw"]
    assert summaries
    assert all("open" not in each.attributes for each in summaries)


async def test_older_reviews_are_a_page_further(visit: Visit, pool: Pool) -> None:
    await a_document_in_force(visit)
    qp = await visit("qp")
    for _ in range(6):
        async with begin(pool, "qp", NOW) as work:
            await sign_review(
                work,
                Range(scope="document", subject="SOP-FILL-001"),
                findings="",
                conclusion=Conclusion.NO_FINDINGS,
                credentials=Credentials("qp", PASSWORD),
                meaning="reviewed",
                reason="read",
            )
    page = await qp.open("/audit")
    assert len(texts(page, "review-row")) == 5
    page = await qp.open(page.marked("reviews-older").attributes["href"])
    assert (len(texts(page, "review-row")), page.has("reviews-older")) == (1, False)


async def test_people_and_records_of_training_come_a_page_at_a_time_and_are_found_by_name(
    visit: Visit, pool: Pool
) -> None:
    qa = await a_document_in_force(visit)
    async with begin(pool, "qa", NOW) as work:
        await training.put_need(
            work, {"qa"}, Need(code="SOP-FILL-001", role=Role.OPERATOR, valid_days=None), reason="they fill"
        )
        for number in range(20):
            await create_person(work, f"filler-{number:02}", f"Filler {number:02}", ["operator"], PASSWORD)
        for each in [p for p in await people(work) if p.username.startswith("filler")]:
            said = training.Training(
                person_id=each.id, version_id=1, method=Method.PRACTICE, trained_on=date(2026, 1, 15)
            )
            signed = {"credentials": Credentials("qa", PASSWORD), "meaning": "verified", "reason": "seen"}
            await training.record_training(work, said, **signed)  # type: ignore[arg-type]
    page = await qa.open("/training")
    people_shown, records = texts(page, "training-row"), texts(page, "record-row")
    assert (len(people_shown), len(records)) == (12, 12)
    page = await qa.open(page.marked("training-more").attributes["href"])
    people_shown += texts(page, "training-row")
    assert (len(people_shown), len(set(people_shown)), page.has("training-more")) == (21, 21, False)
    page = await qa.open("/training")
    page = await qa.open(page.marked("records-older").attributes["href"].partition("#")[0])
    assert (len(texts(page, "record-row")), page.has("records-older")) == (8, False)
    page = await qa.open("/training?named=filler%2007")
    assert ["Filler 07" in each for each in texts(page, "training-row") + texts(page, "record-row")] == [True, True]
    assert "called so" in (await qa.open("/training?named=nobody")).html
