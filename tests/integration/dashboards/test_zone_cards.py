"""A zone's card: what makes it abnormal, and what is only told on it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboards.zonecards import ZoneCard
from mes.alarms.model import Alarm, Kind, Priority
from mes.plant.model import Zone

NOW = datetime(2026, 1, 14, 9, tzinfo=UTC)
ROOM = Zone(
    id=1, code="room", site="a", area="b", kind="room", name_en="Room", name_zh="库", policy=None, parent_id=None
)


def an_alarm(priority: Priority) -> Alarm:
    return Alarm(
        id=1,
        kind=Kind.CALIBRATION,
        source="a/b/c/air",
        priority=priority,
        message_en="",
        message_zh="",
        point_id=1,
        zone_id=1,
        equipment_id=None,
        episode_id=None,
        excursion_id=None,
        raised_at=NOW,
        detected_at=NOW,
        upgraded_at=None,
        cleared_at=None,
        acked_at=None,
        acked_by=None,
        ack_comment=None,
        version=1,
    )


@pytest.mark.parametrize(
    ("priorities", "tone"),
    [
        ((), ""),
        ((Priority.LOW,), ""),
        ((Priority.LOW, Priority.MEDIUM), "medium"),
        ((Priority.MEDIUM, Priority.CRITICAL), "critical"),
    ],
)
def test_a_notice_of_low_priority_is_told_and_leaves_the_zone_grey(priorities: tuple[Priority, ...], tone: str) -> None:
    card = ZoneCard(zone=ROOM, readings=(), alarms=tuple(an_alarm(each) for each in priorities))
    assert (card.tone, card.is_abnormal) == (tone, bool(tone))
    assert len(card.reasons) == len(priorities)
