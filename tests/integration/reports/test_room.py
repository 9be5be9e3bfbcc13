"""The monthly report of a room: what it prints is what the database says, and every gap has its cause."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dashboards.reports.sheet import plain
from mes.reports import service
from mes.reports.model import Kept, Status
from telemetry import store
from telemetry.batch import Batch, Gap
from telemetry.clock import to_us
from telemetry.store import refresh_rollups
from telemetry.wire import Message
from telemetry.work import begin
from tests.integration.reports.conftest import Press, pictures
from tests.plugins.cold_room import UNKNOWN, ColdStore, minute

JANUARY = datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 1, 31, 16, tzinfo=UTC)
"""The month in the plant's calendar."""
NINE_TO_ELEVEN = minute(0), minute(120)
WARM = range(20, 61)


@pytest.fixture
async def warm_room(cold_store: ColdStore) -> ColdStore:
    """Two hours: too warm from 09:20 to 10:01; air 2 says nothing from 09:30 to 10:10, bad at first."""
    await cold_store.put_lot("A-1")
    air_2 = [(m, 5.0) for m in range(121) if not 30 <= m < 70]
    await cold_store.read(*[(m, 8.6 if m in WARM else 5.0) for m in range(121)])
    await cold_store.read(*air_2[:30], (30, UNKNOWN), *air_2[30:], probe="air-2", lane="backlog")
    await cold_store.read(*[(m, float(10 <= m < 16)) for m in range(121)], probe="door", lane="backlog")
    return cold_store


async def give_up(room: ColdStore, lane: str, reason: str, first: float, last: float) -> None:
    """The edge tells that its buffer had to give readings up."""
    gap = Gap(lane, 1, 9, to_us(minute(first)), to_us(minute(last)), 40, reason)
    async with begin(room.pool, "gateway", room.clock.now()) as work:
        await store.append(work, [store.arrival(Message("edge-cold-store", 1, 900, Batch(()), (gap,)), "live")])


async def test_a_report_says_what_the_database_says_in_both_languages(
    press: Press, warm_room: ColdStore, tmp_path: Path
) -> None:
    """Figures, a gap with its cause, the digest of it all; and what is drawn is looked at."""
    await give_up(warm_room, "cold-chain", "full", 35, 66)
    zh, en = [
        await press.make(await press.ask("room", "cold-room-2", *NINE_TO_ELEVEN, language=language))
        for language in ("zh", "en")
    ]
    chinese, english = await press.read(zh), await press.read(en)
    await figures_are_right(press, en, english)
    gone = "2026-01-15 09:30:00 2026-01-15 10:10:00 40 min 0 s"
    why = "the edge had to give readings up (the edge's buffer was full); the probe had no valid value"
    assert f"{gone} {why}" in english
    assert "83.33 %" in english  # two probes, 240 minutes, 40 of them unknown
    assert "海南工厂 库房月度报告 · 2号冷库" in chinese
    assert "边缘网关放弃了部分数据" in chinese
    assert ("第 1 / 2 页" in chinese, "Page 1 / 2" in english) == (True, True)
    await the_digest_is_of_the_content(press, zh, en, chinese, english)
    page = pictures(await press.pdf(zh), tmp_path)[0]
    limits, out_of_limits = colours(page, (184, 19, 29)), colours(page, (251, 228, 227))
    assert (limits > 200, out_of_limits > 1000) == (True, True)


async def figures_are_right(press: Press, kept: Kept, told: str) -> None:
    [(lowest, highest, mean, n)] = await press.store.rows(
        "select min(value), max(value), avg(value), count(*) from reading r join point p on p.id = r.point_id"
        " where p.name = %s and time < %s",
        press.store.name(),
        minute(120),
    )
    [(known_s, unknown_s, number)] = await press.store.rows(
        "select sum(e.known_s), sum(e.unknown_s), max(x.number) from episode e join excursion x on x.id = excursion_id"
        " where level = 'alarm' and withdrawn_at is null"
    )
    assert (lowest, highest, n, known_s, unknown_s) == (5.0, 8.6, 120, 41 * 60, 0)
    air = (await content_of(press, kept.id))["points"][0]["figures"]
    assert (air["lowest"], air["highest"], air["readings"]) == (lowest, highest, n)
    assert air["mean"] == pytest.approx(mean)
    assert f"{lowest:.1f} 2026-01-15 09:00 {mean:.2f} {highest:.1f} 2026-01-15 09:20" in told
    assert "41 min 0 s 0 s 41 min 0 s" in told
    assert number in told
    assert "6.0 min, 1×" in told  # the door


async def the_digest_is_of_the_content(press: Press, zh: Kept, en: Kept, *texts: str) -> None:
    async with press.store.work() as work:
        content = await service.content(work, zh.id)
    assert sha256(content.encode()).hexdigest() == zh.content_sha256 == en.content_sha256
    assert all(zh.content_sha256 in told and f"SHA-256 {zh.content_sha256[:16]}…" in told for told in texts)
    assert sha256(await press.pdf(en)).hexdigest() == en.file_sha256 != zh.file_sha256


async def test_what_the_roll_ups_say_is_what_the_readings_say(
    press: Press, warm_room: ColdStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are too many readings, or they have been dropped, minutes take their place."""
    by_reading = plain(await press.gather("room", "cold-room-2", *JANUARY))
    async with warm_room.work() as work:
        await refresh_rollups(work)
    monkeypatch.setattr("dashboards.reports.course.MOST_READINGS", 100)
    by_minute = plain(await press.gather("room", "cold-room-2", *JANUARY))
    assert (by_reading["by_minute"], by_minute["by_minute"]) == (False, True)
    for name in ("points", "days", "gaps", "excursions", "curves"):
        assert by_minute[name] == by_reading[name], name


async def test_a_month_that_has_not_begun_fails_with_the_reason_and_can_be_tried_again(press: Press) -> None:
    asked = await press.ask("room", "cold-room-2", datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    with pytest.raises(AssertionError, match="The period has not begun"):
        await press.make(asked)
    failed = await press.state(asked)
    assert (failed.status, failed.failure) == (Status.FAILED, "PeriodNotBegun")
    press.store.clock.at = datetime(2026, 2, 2, tzinfo=UTC)
    async with press.store.work() as work:
        await service.retry(work, asked.id, changes=failed.changes)
    kept = await press.make(asked)
    assert "None in this period." in await press.read(kept)


def colours(picture: Sequence[tuple[int, int, int]], wanted: tuple[int, int, int]) -> int:
    return sum(all(abs(a - b) <= 12 for a, b in zip(dot, wanted, strict=True)) for dot in picture)


async def content_of(press: Press, kept_id: int) -> dict[str, Any]:
    async with press.store.work() as work:
        return json.loads(await service.content(work, kept_id))  # type: ignore[no-any-return]
