"""What QA is told of an excursion and signs: lots by where they stood, checks, context, lost probes, budgets."""

from __future__ import annotations

from typing import Any

import pytest

from mes.people import service as people
from mes.people.model import Meaning
from mes.quality import excursions, giving_back, losing, service
from mes.quality.assessment import Advice, advise, assess
from mes.quality.model import Condition, Decision, Disposition, ExcursionStatus
from mes.stability import service as stability
from mes.transitions import Refused
from models.assessment import Rule, Verdict
from models.stability import Band, Combination, Profile
from telemetry.clock import from_us
from tests.plugins.cold_room import NINE, UNKNOWN, ColdStore, minute, signed_by

HOUR_US = 3_600_000_000
HELD = {"meaning": Meaning.APPROVED, "reason": "looked at it"}


async def warm(store: ColdStore, first: int, last: int, *, until: int, value: float = 9.0) -> None:
    """Both probes of cold room 2 read each minute; from `first` to `last` they are out."""
    for probe in ("air-1", "air-2"):
        course = [(m, value if first <= m < last else 5.0) for m in range(until + 1)]
        await store.read(*course, probe=probe)


async def advice(store: ColdStore) -> Advice:
    async with store.work() as work:
        return await advise(work, 1)


async def judge(store: ColdStore, *, shown: service.Shown | None = None) -> Any:
    async with store.work() as work:
        found = await excursions.excursion(work, 1)
        rows = await excursions.lots_of(work, [1])
        decisions = [Decision(lot_id=r.lot_id, disposition=Disposition.NO_IMPACT, reason="stable") for r in rows]
        return await service.disposition(
            work, 1, version=found.version, decisions=decisions, credentials=signed_by(), shown=shown, **HELD
        )


async def test_lots_by_where_they_stood(cold_store: ColdStore) -> None:
    """Out from 100 to 160: who stood there to 130 had 30 min, from 150 on 10, to 100 none, from 90 on all 60."""
    await cold_store.put_lot("A", at=0)
    await cold_store.put_lot("B", "cold-room-1", at=0)
    await cold_store.put_lot("C", at=0)
    await cold_store.put_lot("D", "cold-room-1", at=0)
    await cold_store.move_lot("C", "cold-room-1", at=100)
    await cold_store.move_lot("D", "cold-room-2", at=90)
    await cold_store.move_lot("A", "cold-room-1", at=130)  # left before anybody knew
    await cold_store.move_lot("B", "cold-room-2", at=150)  # came in meanwhile
    await warm(cold_store, 100, 160, until=170)
    await cold_store.move_lot("D", "cold-room-1", at=200)
    await cold_store.look(200)
    found = {each.number: each for each in (await advice(cold_store)).lots}
    assert {number: each.exposure_s / 60 for number, each in found.items()} == {"A": 30, "B": 10, "D": 60}
    assert await cold_store.held() == {"A", "B", "D"}
    assert (found["A"].highest, found["A"].lowest, found["A"].known_s) == (9.0, 9.0, 1800)
    assert found["A"].kinetic_c == pytest.approx(9.0)
    rooms = {number: each.zone_ids for number, each in found.items()}
    assert rooms["A"] == (cold_store.rooms["cold-room-1"],)
    assert rooms["B"] == (cold_store.rooms["cold-room-2"],)


async def test_what_was_shown_is_what_is_signed(cold_store: ColdStore) -> None:
    await cold_store.put_lot("A", at=0)
    await warm(cold_store, 20, 50, until=60)
    seen = await advice(cold_store)
    shown = service.Shown(seen.assessed_at, seen.sha256)
    await cold_store.read(*((m, 5.0) for m in range(61, 70)))
    judged = await judge(cold_store, shown=shown)
    assert judged.assessment == seen.document
    async with cold_store.work() as work:
        [signature] = await people.signatures_of(work, "excursion", 1)
        names = ("number", "started_at", "ended_at", "evidence")
        decisions = [{"lot_id": cold_store.lots["A"], "disposition": "no_impact", "reason": "stable"}]
        content = {name: getattr(judged, name) for name in names} | {"lots": decisions}
        assert await people.verify_signature(work, signature.id, content | {"assessment": judged.assessment})
        changed = judged.assessment | {"verdict": "pass"}
        assert not await people.verify_signature(work, signature.id, content | {"assessment": changed})


async def test_what_is_no_longer_as_it_was_shown_is_not_signed(cold_store: ColdStore) -> None:
    await cold_store.put_lot("A", at=0)
    await warm(cold_store, 20, 50, until=60)
    seen = await advice(cold_store)
    late = cold_store.message([(30.5, 9.7)])
    await cold_store.store(late, lane="backlog")
    await cold_store.look(61)
    with pytest.raises(Refused) as refused:
        await judge(cold_store, shown=service.Shown(seen.assessed_at, seen.sha256))
    assert refused.value.failed == ("assessment_is_as_shown",)


async def test_late_readings_open_again_what_was_signed(cold_store: ColdStore) -> None:
    await cold_store.put_lot("A", at=0)
    await warm(cold_store, 20, 50, until=60)
    await judge(cold_store)
    await cold_store.store(cold_store.message([(m, 9.9) for m in range(50, 56)], probe="air-1"), lane="backlog")
    await cold_store.look(62)
    async with cold_store.work() as work:
        found = await excursions.excursion(work, 1)
        kept = await people.signatures_of(work, "excursion", 1)
    assert (found.status, found.assessment, found.late) == (ExcursionStatus.OPEN, None, True)
    assert len(kept) == 1
    assert await cold_store.held() == {"A"}


async def test_a_plain_pair_of_limits_allows_nothing_outside(cold_store: ColdStore) -> None:
    await cold_store.put_lot("A", at=0)
    await warm(cold_store, 20, 50, until=60)
    async with cold_store.work() as work:
        found = await assess(work, 1)
    assert found.verdict is Verdict.ESCALATE
    assert {check.rule for check in found.checks if not check.passed} == {Rule.ALLOWED, Rule.CALIBRATION}
    assert (found.known_s, found.unknown_s) == (1800, 0)


async def test_the_door_and_the_defrost_are_told_beside_it(cold_store: ColdStore) -> None:
    await cold_store.read(*((m, 1.0 if 15 <= m < 22 else 0.0) for m in range(61)), probe="door")
    await cold_store.read((0, 0.0), (5, 1.0), (10, 0.0), room="cold-room-2-compressor", probe="defrost")
    await warm(cold_store, 20, 50, until=60)
    flags = {flag.role: flag for flag in (await advice(cold_store)).flags}
    assert flags["door"].minutes == 7
    assert [(from_us(a), from_us(b)) for a, b in flags["door"].intervals] == [(minute(15), minute(22))]
    assert flags["defrost"].minutes == 5
    assert (await advice(cold_store)).document["context"][0]["role"] == "door"


async def test_a_lost_probe_does_not_keep_it_open_for_ever(cold_store: ColdStore) -> None:
    await cold_store.put_lot("A", at=0)
    await cold_store.read(*((m, 5.0 if m < 20 else 9.0) for m in range(41)))
    await cold_store.read(*((m, 5.0) for m in range(41)), probe="air-2")
    with pytest.raises(Refused) as refused:
        await end_lost(cold_store)
    assert refused.value.failed == ("probe_is_silent",)  # it spoke a moment ago
    await cold_store.look(100)
    after = await end_lost(cold_store)
    assert (after.condition, after.ended_at) == (Condition.CLEARED, minute(100))
    facts = "known_s, unknown_s, end_reason"
    assert await cold_store.rows(f"select {facts} from episode") == [(25 * 60, 55 * 60, "sensor_lost")]
    await cold_store.look(101)
    await cold_store.look(200)  # nothing new was read: the watch leaves it as QA ended it
    assert await cold_store.rows("select ended_at, end_reason from episode") == [(minute(100), "sensor_lost")]
    await judge(cold_store)
    await cold_store.store(cold_store.message([(50, 9.0), (55, 5.0)]), lane="backlog")
    await cold_store.look(201)
    ended = await cold_store.rows("select ended_at, end_reason, end_signature_id from episode")
    assert ended == [(minute(55), None, None)]
    async with cold_store.work() as work:
        assert (await excursions.excursion(work, 1)).status is ExcursionStatus.OPEN


async def end_lost(store: ColdStore) -> Any:
    async with store.work() as work:
        found = await excursions.excursion(work, 1)
        return await losing.end_lost(work, 1, version=found.version, credentials=signed_by(), **HELD)


async def test_a_bad_reading_is_silence_too(cold_store: ColdStore) -> None:
    await cold_store.read(*((m, 5.0 if m < 20 else 9.0) for m in range(41)), (41, UNKNOWN))
    await cold_store.look(60)
    assert (await advice(cold_store)).assessment.unknown_s == 19 * 60


async def test_drawn_stability_is_given_back_signed_and_drawn_again_when_the_facts_change(
    cold_store: ColdStore,
) -> None:
    await put_budget(cold_store)
    await cold_store.put_lot("A", at=0)
    await warm(cold_store, 20, 60, until=70)
    await cold_store.look(72)
    assert await drawn_min(cold_store) == 40
    assert "stability:8..15" in {cause for (cause,) in await cold_store.rows("select cause from lot_hold")}
    with pytest.raises(Refused) as refused:
        await give_back(cold_store)
    assert refused.value.failed == ("excursion_is_judged", "disposition_is_no_impact")
    await judge(cold_store)
    assert await cold_store.held() == {"A"}  # the budget's own hold stays
    await give_back(cold_store)
    assert await drawn_min(cold_store) == 0
    assert await cold_store.held() == set()
    with pytest.raises(Refused) as refused:
        await give_back(cold_store)
    assert refused.value.failed == ("not_given_back_yet",)
    await cold_store.store(cold_store.message([(m, 9.9) for m in range(60, 66)], probe="air-1"), lane="backlog")
    await cold_store.look(140)
    assert await drawn_min(cold_store) >= 46
    assert await cold_store.held() == {"A"}
    assert [
        kind for (kind,) in await cold_store.rows("select kind from stability_entry where kind <> 'draw' order by id")
    ] == ["credit", "reversal"]


async def put_budget(store: ColdStore) -> None:
    async with store.work() as work:
        [(item_id,)] = await store.rows("select id from item where code = 'PEN'")
        profile = Profile(bands=(Band(low=8, high=15, allowed_us=HOUR_US // 2),), combination=Combination.INDEPENDENT)
        await stability.put_profile(
            work, item_id, profile, version=1, effective_from=NINE, citation="study", reason="first"
        )


async def drawn_min(store: ColdStore) -> float:
    async with store.work() as work:
        [band] = (await stability.budgets(work, [store.lots["A"]]))[store.lots["A"]]
    return band.drawn_s / 60


async def give_back(store: ColdStore) -> None:
    async with store.work() as work:
        await giving_back.give_back(work, 1, store.lots["A"], credentials=signed_by(), **HELD)
