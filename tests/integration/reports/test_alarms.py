"""The report on alarms: figures worked out by hand, the same that `mes/alarms/performance.py` answers."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboards.reports.alarms import AlarmPerformance
from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.alarms.performance import Source
from tests.integration.reports.conftest import Press
from tests.plugins.cold_room import minute

JANUARY = datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 1, 31, 16, tzinfo=UTC)
"""The month in the plant's calendar."""


def calling(source: str, *, kind: Kind = Kind.EDGE_LOST, priority: Priority = Priority.HIGH, at: float) -> Occurrence:
    return Occurrence(
        kind=kind,
        source=source,
        priority=priority,
        message_en=f"{source} is lost",
        message_zh=f"{source} 失联",
        raised_at=minute(at),
    )


async def test_calls_times_and_floods_of_a_month_are_told_in_both_languages(press: Press) -> None:
    """Twelve edges are lost within eleven minutes, one is answered after 4 min, one after 8; a test is no alarm."""
    store, ids = press.store, []
    for n in range(12):
        store.clock.at = minute(n * 0.9)
        async with store.work("watch") as work:
            ids.append((await alarms.raise_alarm(work, calling(f"edge-{n:02}", at=n * 0.9))).id)
    async with store.work("watch") as work:
        await alarms.raise_alarm(work, calling("ladder", kind=Kind.TEST, priority=Priority.LOW, at=11))
    for id_, at in ((ids[0], 4.0), (ids[1], 8.9)):
        store.clock.at = minute(at)
        async with store.work() as work:
            found = await alarms.alarm(work, id_)
            await alarms.acknowledge(work, id_, comment="on my way", version=found.version)
    store.clock.at = datetime(2026, 2, 2, tzinfo=UTC)
    told = await press.gather("alarms", "", *JANUARY)
    assert isinstance(told, AlarmPerformance)
    assert (told.raised, told.whole.n, told.whole.acknowledged) == (12, 12, 2)
    assert (told.whole.mean_s, told.whole.max_s) == (6 * 60, 8 * 60)
    assert told.most_in_ten_minutes == 12
    assert [(flood.start, flood.alarms) for flood in told.floods] == [(minute(0), 12)]
    assert told.sources[0] == Source(Kind.EDGE_LOST, "edge-00", 1)
    assert len(told.standing) == 12
    assert [row.source for row in told.listed] == [f"edge-{n:02}" for n in range(12)]
    kept = {
        language: await press.make(await press.ask("alarms", "", *JANUARY, language=language))
        for language in ("en", "zh")
    }
    english, chinese = await press.read(kept["en"]), await press.read(kept["zh"])
    assert kept["en"].content_sha256 == kept["zh"].content_sha256
    assert "High 12 2 6 min 0 s 6 min 0 s 8 min 0 s 8 min 0 s" in english
    assert "高 12 2 6 分 0 秒 6 分 0 秒 8 分 0 秒 8 分 0 秒" in chinese
    assert "报警绩效报告" in chinese
