"""Rounds in the cold store: opened and closed by the clock, started by a scan, missed where nobody looked."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mes.maintenance import photos, records
from mes.maintenance import service as maintenance
from mes.maintenance.model import FailureMode
from mes.quality import deviations
from mes.rounds import reckoning, service, walking
from mes.rounds.model import RoundStatus, Timeliness, timeliness
from mes.rounds.scanning import LabelOfAnother, LabelUnknown
from mes.rounds.walking import (
    FailureNotShown,
    NotOfThisTeam,
    PhotoMissing,
    RoundNotOpen,
    ScanOrReason,
    StopNotScanned,
    StopUnknown,
)
from mes.transitions import Refused
from telemetry.work import begin
from tests.integration.rounds.walk import (
    JPEG,
    ROOM,
    WALKERS,
    WORDS,
    a_round,
    first,
    look,
    plan,
    queued,
    say,
    scan,
    walk,
)
from tests.plugins.cold_room import ColdStore, minute


async def standing(cold_store: ColdStore, round_id: int) -> dict[tuple[int, str], str]:
    async with cold_store.work() as work:
        found = await service.round_(work, round_id)
        seen, missed = await service.entries(work, [round_id]), await service.misses(work, [round_id])
    return {key: str(how) for key, how in timeliness(found.words, seen, missed, is_over=True).items()}


async def submit(cold_store: ColdStore, round_id: int) -> RoundStatus:
    async with cold_store.work("operator") as work:
        return (await walking.submit(work, round_id, roles=WALKERS)).status


async def test_a_round_is_set_down_a_day_ahead_and_opens_by_the_clock(cold_store: ColdStore) -> None:
    await plan(cold_store, windows=[{"start": "09:30", "end": "10:00"}])
    await look(cold_store, 1)
    found = await first(cold_store)
    assert (found.status, found.opens_at) == (RoundStatus.SCHEDULED, minute(30))
    with pytest.raises(RoundNotOpen):
        await scan(cold_store, found, 0)
    await look(cold_store, 31)
    assert (await first(cold_store)).status is RoundStatus.OPEN
    async with cold_store.work() as work:
        assert len(await service.rounds(work)) == 2, "today's and tomorrow's, each once"


async def test_two_watches_set_it_down_once(cold_store: ColdStore) -> None:
    await plan(cold_store)

    async def at_once() -> None:
        async with begin(cold_store.pool, "watch", cold_store.clock.at) as work:
            await service.look_at_rounds(work)

    await asyncio.gather(*(at_once() for _ in range(3)))
    assert await cold_store.count("round_task") == 1


async def test_a_round_is_walked_from_label_to_label_and_reviewed_by_another(cold_store: ColdStore) -> None:
    found = await a_round(cold_store)
    with pytest.raises(Refused) as refused:
        await submit(cold_store, found.id)
    assert refused.value.failed == ("every_item_is_looked_at",)
    await walk(cold_store, found)
    assert await submit(cold_store, found.id) is RoundStatus.SUBMITTED
    assert set((await standing(cold_store, found.id)).values()) == {Timeliness.ON_TIME}
    now = await first(cold_store)
    with pytest.raises(Refused) as refused:
        async with cold_store.work("operator") as work:
            await service.review(work, found.id, version=now.version)
    assert refused.value.failed == ("reviewer_did_not_walk",)
    async with cold_store.work("lead") as work:
        reviewed = await service.review(work, found.id, version=now.version)
    assert (reviewed.status, reviewed.reviewed_by) == (RoundStatus.REVIEWED, "lead")
    assert await cold_store.count("maintenance_order") == 0


@pytest.mark.parametrize(
    ("text", "refusal"), [("cold-store/cold-room-1", LabelOfAnother), ("06901234567892", LabelUnknown)]
)
async def test_the_label_of_the_machine_itself_is_scanned(
    cold_store: ColdStore, text: str, refusal: type[Exception]
) -> None:
    found = await a_round(cold_store)
    with pytest.raises(refusal):
        await scan(cold_store, found, 0, text)
    with pytest.raises(StopNotScanned):
        await say(cold_store, found, 0, "door", "ok")


async def test_without_a_label_the_reason_is_said(cold_store: ColdStore) -> None:
    found = await a_round(cold_store)
    with pytest.raises(ScanOrReason):
        await scan(cold_store, found, 0, scanned="", reason=" ")
    await scan(cold_store, found, 0, scanned="", reason="label is torn off")
    assert (await say(cold_store, found, 0, "door", "ok")).passed
    async with cold_store.work() as work:
        [start] = await service.starts(work, found.id)
    assert (start.scanned, start.reason) == ("", "label is torn off")


async def test_a_scan_does_not_hold_for_ever(cold_store: ColdStore) -> None:
    found = await a_round(cold_store, scan_holds_min=5)
    await scan(cold_store, found, 0)
    cold_store.clock.at = minute(6)
    await say(cold_store, found, 0, "door", "ok")
    cold_store.clock.at = minute(6) + timedelta(seconds=1)
    with pytest.raises(StopNotScanned):
        await say(cold_store, found, 0, "shown", "5")


async def test_what_nobody_looked_at_is_missed_when_the_window_ends(cold_store: ColdStore) -> None:
    """A round that was begun is incomplete; each item that was left is marked."""
    found = await a_round(cold_store)
    await walk(cold_store, found, but="noise")
    await look(cold_store, 60)
    assert (await first(cold_store)).status is RoundStatus.INCOMPLETE
    assert await standing(cold_store, found.id) == {
        (0, "door"): "on_time",
        (0, "shown"): "on_time",
        (1, "noise"): "missed",
    }


async def test_a_round_nobody_began_is_missed_though_the_system_was_down(cold_store: ColdStore) -> None:
    """Two days without a watch: yesterday's round was missed as well."""
    await plan(cold_store)
    await look(cold_store, 1)
    await look(cold_store, 2 * 1440 + 61)
    async with cold_store.work() as work:
        found = await service.rounds(work, end=cold_store.clock.at)
    assert [each.status for each in found] == [RoundStatus.MISSED] * 3
    assert await cold_store.count("round_miss") == 9


async def test_a_round_walked_whole_is_handed_in_by_its_end(cold_store: ColdStore) -> None:
    found = await a_round(cold_store)
    await walk(cold_store, found)
    await look(cold_store, 60)
    assert (await first(cold_store)).status is RoundStatus.SUBMITTED
    assert await cold_store.count("round_miss") == 0


async def test_submitted_a_second_after_its_end_it_stays_missed_and_the_entry_is_late(cold_store: ColdStore) -> None:
    """The specification's story: MISSED is kept, the late entry is stored as LATE, whoever comes first."""
    found = await a_round(cold_store)
    await walk(cold_store, found, but="noise")
    cold_store.clock.at = minute(58)
    await scan(cold_store, found, 1)
    cold_store.clock.at = minute(60) + timedelta(seconds=1)
    entry = await say(cold_store, found, 1, "noise", "ok", seen=queued(1, "phone-1-entry-9"))
    assert entry.late
    assert entry.seen_at == minute(59) + timedelta(seconds=1), "it was seen in time, and that is told"
    assert entry.received_at == cold_store.clock.at
    assert await submit(cold_store, found.id) is RoundStatus.INCOMPLETE
    assert (await standing(cold_store, found.id))[1, "noise"] == "late"
    await look(cold_store, 61)
    assert await cold_store.count("round_miss") == 1
    now = await first(cold_store)
    with pytest.raises(Refused) as refused:
        async with cold_store.work("lead") as work:
            await service.review(work, found.id, version=now.version)
    assert refused.value.failed == ("remark_given",)


async def test_one_instant_before_its_end_is_in_time(cold_store: ColdStore) -> None:
    found = await a_round(cold_store)
    await walk(cold_store, found, but="noise")
    cold_store.clock.at = minute(58)
    await scan(cold_store, found, 1)
    cold_store.clock.at = minute(60) - timedelta(seconds=1)
    assert not (await say(cold_store, found, 1, "noise", "ok")).late
    assert await submit(cold_store, found.id) is RoundStatus.SUBMITTED


async def test_what_is_not_in_order_needs_a_note_or_a_picture_and_opens_one_order(cold_store: ColdStore) -> None:
    found = await a_round(cold_store)
    await scan(cold_store, found, 0)
    with pytest.raises(FailureNotShown):
        await say(cold_store, found, 0, "shown", "9.5")
    assert await cold_store.count("maintenance_order") == 0
    one = await say(cold_store, found, 0, "shown", "9.5", photo=JPEG)
    other = await say(cold_store, found, 0, "door", "not_ok", note="seal is torn")
    assert one.order_id == other.order_id, "an open order for failed checks of a machine is joined"
    async with cold_store.work() as work:
        order = await maintenance.order(work, one.order_id or 0)
        log = await records.log_of(work, order.id)
        [photo] = await photos.photos(work, order.id)
        kept = await walking.picture(work, one.photo_id or 0)
    assert (order.failure_mode, order.title_en) == (FailureMode.FAILED_CHECK, "Cold room 2: Display")
    assert str(order.due_on) == "2026-01-22", "seven days to mend it"
    assert [each.act for each in log] == ["request", "photo", "asked_again"]
    assert log[0].told == f"{found.number}: 9.5 Cel"
    assert (kept.content, photo.media_type) == (JPEG, "image/jpeg")


async def test_where_a_product_may_be_touched_a_deviation_is_drafted(cold_store: ColdStore) -> None:
    items = [{"code": "seal", "name": {"en": "Seal", "zh": "封条"}, "on_failure": "deviation"}]
    found = await a_round(cold_store, stops=[{"equipment": ROOM, "items": items}])
    await scan(cold_store, found, 0)
    entry = await say(cold_store, found, 0, "seal", "not_ok", note="broken")
    async with cold_store.work() as work:
        drafted = await deviations.deviation(work, entry.deviation_id or 0)
    assert (entry.order_id, drafted.title_zh) == (None, "2号冷库：封条")
    assert "broken" in drafted.description


async def test_what_a_phone_sends_twice_is_kept_once(cold_store: ColdStore) -> None:
    """The answer of the first got lost: scan, entry and order are there once."""
    found = await a_round(cold_store)
    seen = {"start": queued(10, "phone-1-start-1"), "entry": queued(9, "phone-1-entry-1")}
    cold_store.clock.at = minute(20)
    entries = []
    for _ in range(2):
        await scan(cold_store, found, 0, seen=seen["start"])
        entries.append(await say(cold_store, found, 0, "door", "not_ok", note="ajar", seen=seen["entry"]))
    assert entries[0] == entries[1]
    assert entries[0].seen_at == minute(11)
    counts = [await cold_store.count(table) for table in ("round_start", "round_entry", "maintenance_order")]
    assert counts == [1, 1, 1]
    [(asked,)] = await cold_store.rows("select count(*) from maintenance_log where act = 'asked_again'")
    assert asked == 0


async def test_two_phones_that_send_one_entry_at_once_keep_it_once(cold_store: ColdStore) -> None:
    found = await a_round(cold_store)
    await scan(cold_store, found, 0)
    sent = [
        say(cold_store, found, 0, "door", "not_ok", note="ajar", seen=queued(0, "phone-1-entry-1")) for _ in range(4)
    ]
    assert len({entry.id for entry in await asyncio.gather(*sent)}) == 1


async def test_a_meter_that_shows_less_than_before_is_not_in_order(cold_store: ColdStore) -> None:
    items = [{"code": "hours", "kind": "meter", "name": {"en": "Hours", "zh": "运行小时"}, "unit": "h"}]
    found = await a_round(cold_store, stops=[{"equipment": ROOM, "items": items}])
    await scan(cold_store, found, 0)
    assert (await say(cold_store, found, 0, "hours", "1200.5")).passed
    cold_store.clock.at = minute(3)
    assert not (await say(cold_store, found, 0, "hours", "1100", note="meter was changed")).passed


async def test_a_picture_that_is_asked_for_is_taken(cold_store: ColdStore) -> None:
    items = [{"code": "coil", "kind": "photo", "name": {"en": "Coil", "zh": "蒸发器"}}]
    found = await a_round(cold_store, stops=[{"equipment": ROOM, "items": items}])
    await scan(cold_store, found, 0)
    with pytest.raises(PhotoMissing):
        await say(cold_store, found, 0, "coil", "ok")
    with pytest.raises(photos.PhotoUnreadable):
        await say(cold_store, found, 0, "coil", "ok", photo=b"GIF89a")
    assert (await say(cold_store, found, 0, "coil", "", photo=JPEG)).photo_id is not None


async def test_another_team_does_not_walk_it_and_no_other_stop_is_answered(cold_store: ColdStore) -> None:
    found = await a_round(cold_store, roles=["maintenance"])
    with pytest.raises(NotOfThisTeam):
        await scan(cold_store, found, 0)
    other = await a_round(cold_store, roles=["operator"], windows=[{"start": "08:00", "end": "10:00"}])
    with pytest.raises(StopUnknown):
        await scan(cold_store, other, 7, "x")
    with pytest.raises(StopUnknown):
        await say(cold_store, other, 0, "nothing", "ok")


async def test_a_round_whose_plan_leaves_the_plant_is_called_off(cold_store: ColdStore) -> None:
    await plan(cold_store, windows=[{"start": "12:00", "end": "13:00"}])
    await look(cold_store, 1)
    await cold_store.rows("update round_plan set retired = true returning 1")
    await look(cold_store, 200)
    assert (await first(cold_store)).status is RoundStatus.CANCELLED


async def test_a_later_plan_does_not_change_a_round_that_was_set_down(cold_store: ColdStore) -> None:
    found = await a_round(cold_store)
    await plan(cold_store, stops=WORDS["stops"][:1])
    assert len((await first(cold_store)).words.stops) == len(found.words.stops) == 2


async def test_figures_of_what_was_walked(cold_store: ColdStore) -> None:
    found = await a_round(cold_store)
    await walk(cold_store, found, but="noise", shown="9")
    await look(cold_store, 61)
    async with cold_store.work() as work:
        told = await reckoning.round_figures(work, 7)
    assert (told.rounds, told.whole, told.items, told.missed, told.answers, told.failed) == (1, 0, 3, 1, 2, 1)
    assert (told.remedies_due, told.remedied_in_time) == (0, None), "its day has not passed"


async def test_what_was_seen_only_grows(cold_store: ColdStore) -> None:
    found = await a_round(cold_store)
    await walk(cold_store, found)
    for table in ("round_entry", "round_start"):
        with pytest.raises(Exception, match=r"append-only|permission denied"):
            await cold_store.rows(f"update {table} set actor = 'x' returning 1")
