"""QA decides: acknowledge, a decision for every lot with password and meaning, the deviation, and who may not."""

from __future__ import annotations

import pytest

from mes.capa import service as capas
from mes.inventory import service as inventory
from mes.people.refusals import PasswordRequired, SignerRoleMissing, WrongPassword
from mes.quality import deviations, excursions, handling, service
from mes.quality.model import Decision, DeviationStatus, Disposition, Excursion, ExcursionStatus, Severity
from mes.quality.views import excursion_view
from mes.transitions import Refused, StaleVersion
from tests.plugins.cold_room import ColdStore, minute, signed_by

LOTS = {
    "A": Disposition.NO_IMPACT,
    "B": Disposition.REDUCED_LIFE,
    "C": Disposition.RETEST,
    "D": Disposition.REJECT,
}


async def warm_and_cold_again(cold_store: ColdStore) -> Excursion:
    for number in LOTS:
        await cold_store.put_lot(number)
    await cold_store.warm_up(until=40)
    await cold_store.read((41, 7.0))
    return await excursion_of(cold_store)


async def excursion_of(cold_store: ColdStore) -> Excursion:
    async with cold_store.work() as work:
        [found] = await excursions.excursions(work)
    return found


def decisions(cold_store: ColdStore, *, without: str = "", reason: str = "stability data") -> list[Decision]:
    return [
        Decision(lot_id=cold_store.lots[number], disposition=each, reason=reason)
        for number, each in LOTS.items()
        if number != without and number in cold_store.lots
    ]


async def decide(cold_store: ColdStore, found: Excursion, **changed: object) -> Excursion:
    said = {"decisions": decisions(cold_store), "credentials": signed_by(), "meaning": "approved", "reason": "judged"}
    async with cold_store.work() as work:
        return await service.disposition(work, found.id, version=found.version, **(said | changed))  # type: ignore[arg-type]


async def test_from_the_alarm_to_released_lots_and_a_closed_deviation(cold_store: ColdStore) -> None:
    found = await warm_and_cold_again(cold_store)
    async with cold_store.work() as work:
        known = await service.acknowledge(work, found.id, version=found.version, comment="seen")
    assert known.status is ExcursionStatus.UNDER_ASSESSMENT
    assert known.evidence is not None
    [air] = [p for p in known.evidence["points"] if p["point"] == cold_store.name()]
    assert (air["min"], air["max"], air["readings"], air["out_s"]) == (7.0, 8.6, 22, 1260.0)
    assert len(air["sha256"]) == 64

    judged = await decide(cold_store, known)
    assert judged.status is ExcursionStatus.DISPOSITIONED
    assert await cold_store.held() == set()
    async with cold_store.work() as work:
        status = {lot.number: lot.quality_status for lot in await inventory.lots(work)}
    assert status == {"A": "released", "B": "released", "C": "quarantine", "D": "rejected"}

    async with cold_store.work() as work:
        [deviation] = await deviations.deviations(work)
        minor = handling.Said(severity=Severity.MINOR)
        classified = await handling.take_step(work, deviation.id, "classify", version=deviation.version, said=minor)
        closed = await handling.sign_step(
            work,
            deviation.id,
            "close",
            version=classified.version,
            credentials=signed_by(),
            meaning="approved",
            reason="one compressor, repaired",
        )
        view = await excursion_view(work, found.id)
    assert closed.status is DeviationStatus.CLOSED
    assert view.excursion.status is ExcursionStatus.CLOSED
    assert {lot.lot.number: lot.exposed.disposition for lot in view.lots} == LOTS
    assert all(not hold.active and hold.signature_id for lot in view.lots for hold in lot.holds)
    assert [s.meaning for s in view.signatures] == ["approved"]


async def test_from_open_one_signature_does_both(cold_store: ColdStore) -> None:
    found = await warm_and_cold_again(cold_store)
    judged = await decide(cold_store, found)
    assert judged.status is ExcursionStatus.DISPOSITIONED
    assert judged.evidence is not None
    told = await cold_store.rows(
        "select action from audit where entity = 'excursion' and action ~ 'ack|disp' order by seq"
    )
    assert told == [("excursion.acknowledge",), ("excursion.disposition",)]


async def test_not_while_it_lasts(cold_store: ColdStore) -> None:
    await cold_store.put_lot("A")
    await cold_store.warm_up(until=31)
    found = await excursion_of(cold_store)
    with pytest.raises(Refused) as refused:
        await decide(cold_store, found, decisions=[])
    assert refused.value.failed == ("condition_is_cleared", "every_lot_has_a_disposition")
    assert await cold_store.held() == {"A"}
    assert await cold_store.rows("select action from audit where action like '%%refused'") == [
        ("excursion.disposition.refused",)
    ]


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        ({"without": "C"}, "every_lot_has_a_disposition"),
        ({"reason": " "}, "every_disposition_has_a_reason"),
    ],
)
async def test_every_lot_needs_its_decision_and_reason(
    cold_store: ColdStore, what: dict[str, str], refusal: str
) -> None:
    found = await warm_and_cold_again(cold_store)
    with pytest.raises(Refused) as refused:
        await decide(cold_store, found, decisions=decisions(cold_store, **what))
    assert refused.value.failed == (refusal,)


async def test_a_lot_that_was_not_there_is_not_judged(cold_store: ColdStore) -> None:
    found = await warm_and_cold_again(cold_store)
    elsewhere = await cold_store.put_lot("E", "cold-room-1")
    stranger = Decision(lot_id=elsewhere, disposition=Disposition.REJECT, reason="why not")
    with pytest.raises(Refused) as refused:
        await decide(cold_store, found, decisions=[*decisions(cold_store), stranger])
    assert refused.value.failed == ("only_exposed_lots_are_judged",)


async def test_who_may_not_sign_changes_nothing(cold_store: ColdStore) -> None:
    found = await warm_and_cold_again(cold_store)
    for who, error in (
        (signed_by(password="guess"), WrongPassword),
        (signed_by(password=""), PasswordRequired),
        (signed_by("operator"), SignerRoleMissing),
    ):
        with pytest.raises(error):
            await decide(cold_store, found, credentials=who)
    assert await excursion_of(cold_store) == found
    assert await cold_store.held() == set(LOTS)
    failures = await cold_store.rows("select failures from person where username = 'qa'")
    assert failures == [(1,)]


async def test_a_stale_page_is_refused(cold_store: ColdStore) -> None:
    found = await warm_and_cold_again(cold_store)
    async with cold_store.work() as work:
        await service.acknowledge(work, found.id, version=found.version)
    with pytest.raises(StaleVersion):
        await decide(cold_store, found)


async def test_a_hold_of_another_cause_stays(cold_store: ColdStore) -> None:
    found = await warm_and_cold_again(cold_store)
    async with cold_store.work() as work:
        await inventory.place_hold(work, cold_store.lots["A"], cause="manual:1", reason="label under question")
    await decide(cold_store, found)
    assert await cold_store.held() == {"A"}


async def test_a_false_alarm_is_signed_with_evidence_and_its_deviation_voided(cold_store: ColdStore) -> None:
    found = await warm_and_cold_again(cold_store)
    said = {"credentials": signed_by(), "meaning": "approved", "reason": "probe lay in the sun"}
    with pytest.raises(Refused) as refused:
        async with cold_store.work() as work:
            await service.declare_false_alarm(work, found.id, version=found.version, evidence="", **said)  # type: ignore[arg-type]
    assert refused.value.failed == ("evidence_given",)
    async with cold_store.work() as work:
        declared = await service.declare_false_alarm(
            work,
            found.id,
            version=found.version,
            evidence="calibration sheet 12",
            credentials=signed_by(),
            meaning="approved",
            reason="probe lay in the sun",
        )
        [draft] = await deviations.deviations(work)
        void = await handling.sign_step(
            work,
            draft.id,
            "void",
            version=draft.version,
            credentials=signed_by(),
            meaning="approved",
            reason="see excursion",
        )
    assert declared.status is ExcursionStatus.FALSE_ALARM
    assert void.status is DeviationStatus.VOID
    assert await cold_store.held() == set()


async def test_a_major_deviation_needs_its_investigation(cold_store: ColdStore) -> None:
    found = await warm_and_cold_again(cold_store)
    await decide(cold_store, found)

    async def step(name: str, **said: object) -> None:
        async with cold_store.work() as work:
            [deviation] = await deviations.deviations(work)
            told = handling.Said(**said)  # type: ignore[arg-type]
            await handling.take_step(work, deviation.id, name, version=deviation.version, said=told)

    async def close(username: str = "qa") -> None:
        async with cold_store.work() as work:
            [deviation] = await deviations.deviations(work)
            signed = {"credentials": signed_by(username), "meaning": "approved", "reason": "judged"}
            await handling.sign_step(work, deviation.id, "close", version=deviation.version, **signed)  # type: ignore[arg-type]

    await step("classify", severity=Severity.MAJOR)
    with pytest.raises(Refused) as refused:
        await close()
    assert refused.value.failed == ("severity_is_minor_or_investigated", "root_cause_given")
    await step("investigate")
    with pytest.raises(Refused) as refused:
        await step("submit", root_cause="valve stuck")
    assert refused.value.failed == ("other_batches_answered", "departments_reported", "extra_tests_answered")
    report = {"investigation": "the valve was opened and found worn", "extra_tests": "none: air only"}
    with pytest.raises(Refused) as refused:
        await step("submit", root_cause="valve stuck", other_batches="none", departments=("quality",), **report)
    assert refused.value.failed == ("departments_reported",)
    both = report | {"departments": ("quality", "engineering")}
    await step("submit", root_cause="valve stuck", other_batches="none", **both)
    with pytest.raises(Refused) as refused:
        await close()
    assert refused.value.failed == ("capa_or_why_not",)
    async with cold_store.work("engineer") as work:
        [deviation] = await deviations.deviations(work)
        came_from = (("deviation", str(deviation.id)),)
        opening = capas.Opening(title="Valves wear", problem="a valve stuck", owner="qa-2", sources=came_from)
        await capas.open_capa(work, opening)
    await close()
    assert (await excursion_of(cold_store)).status is ExcursionStatus.CLOSED


async def test_no_deviation_closes_before_its_lots_are_judged_nor_by_its_reporter(cold_store: ColdStore) -> None:
    found = await warm_and_cold_again(cold_store)
    async with cold_store.work("qa") as work:
        [draft] = await deviations.deviations(work)
        said = handling.Said(description="room 2 was warm for 20 minutes")
        reported = await handling.take_step(work, draft.id, "report", version=draft.version, said=said)
        minor = handling.Said(severity=Severity.MINOR)
        classified = await handling.take_step(work, draft.id, "classify", version=reported.version, said=minor)
    signed = {"version": classified.version, "meaning": "approved", "reason": "minor"}
    with pytest.raises(Refused) as refused:
        async with cold_store.work() as work:
            await handling.sign_step(work, draft.id, "close", credentials=signed_by(), **signed)  # type: ignore[arg-type]
    assert refused.value.failed == ("lots_have_dispositions", "signer_is_not_the_reporter")
    await decide(cold_store, found)
    async with cold_store.work() as work:
        closed = await handling.sign_step(work, draft.id, "close", credentials=signed_by("qa-2"), **signed)  # type: ignore[arg-type]
    assert closed.closed_at == minute(41)
    assert await cold_store.held() == set()
    async with cold_store.work("qa") as work:
        news = handling.Said(note="the probe hung in the draught")
        await handling.take_step(work, draft.id, "reopen", version=closed.version, said=news)
    assert await cold_store.held() == set(LOTS)  # what was exposed waits until it is closed anew


async def test_a_lot_can_not_be_released_and_rejected_with_one_signature(cold_store: ColdStore) -> None:
    found = await warm_and_cold_again(cold_store)
    both = [*decisions(cold_store), Decision(lot_id=cold_store.lots["A"], disposition=Disposition.REJECT, reason="no")]
    with pytest.raises(service.LotDecidedTwice) as refused:
        await decide(cold_store, found, decisions=both)
    assert refused.value.facts == {"lots": [cold_store.lots["A"]]}
    assert await cold_store.held() == set(LOTS)
