"""An edge on one card: whether it is abnormal, why, and how urgently somebody must look. Pure: facts in, views out.

Every reason has a code, for its words in the templates, and a number or a name that stands in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dashboards.edgewords import CONNECTED, NOT_REACHED, SPOKEN_FOR, OwnWords
from dashboards.sparkline import Sparkline, draw
from gateway.edge_configs import Told
from gateway.edges import EdgeFate, Lately
from mes.alarms.model import Alarm, Priority
from telemetry.store import Trend

WAITS_LONG_S = 60.0
CLOCK_OFF_S = 2.0
EXPIRES_SOON_DAYS = 30.0
EXPIRES_NOW_DAYS = 7.0
_COUNTERS = ("failed-writes", "reload-failures")  # they say that something is wrong while they grow


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an edge is abnormal. `n`: readings, points, seconds, days; `name`: a device, a config's fate."""

    priority: Priority
    code: str
    n: float = 0.0
    name: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about one edge."""

    fate: EdgeFate
    now: datetime
    own: OwnWords | None = None  # None: it says nothing of itself, as foreign publishers do
    lost: Alarm | None = None
    lately: Lately | None = None
    config: Told | None = None  # the newest that it said of a config from afar
    trends: Mapping[str, Trend] = field(default_factory=dict)  # of the last half hour, by measure


@dataclass(frozen=True, slots=True)
class EdgeCard:
    fate: EdgeFate
    own: OwnWords | None
    reasons: tuple[Reason, ...]  # the most urgent first
    spark: Sparkline | None  # how long its oldest reading waited; the band is what is normal
    is_silent: bool  # its words are not those of this moment

    @property
    def tone(self) -> Priority | None:
        return self.reasons[0].priority if self.reasons else None


def card(facts: Facts) -> EdgeCard:
    """All of it, judged."""
    reasons = sorted(_reasons(facts), key=lambda reason: -reason.priority.rank)
    silent = facts.own is not None and (facts.lost is not None or facts.now - facts.own.at > SPOKEN_FOR)
    return EdgeCard(facts.fate, facts.own, tuple(reasons), _spark(facts.trends.get("backlog-age")), silent)


def in_order(cards: list[EdgeCard]) -> list[EdgeCard]:
    """Abnormal edges first, the most urgent before the others and lost ones before what is over; else by name."""
    return sorted(cards, key=_place)


def _place(each: EdgeCard) -> tuple[int, bool, str]:
    if each.tone is None:
        return 1, True, each.fate.edge
    return -each.tone.rank, each.reasons[0].code != "lost", each.fate.edge


def _reasons(facts: Facts) -> Iterator[Reason]:
    yield from _of_silence(facts)
    yield from _of_loss(facts)
    if facts.own is not None and facts.lost is None:  # of a lost edge it is not known how it is now
        yield from _of_devices(facts.own)
        yield from _of_waiting(facts.own)
        yield from _of_clock(facts.own)
        yield from _of_certificates(facts.own)
        yield from _of_counters(facts.own, facts.trends)
    if facts.config is not None and facts.config.fate in ("refused", "rolled-back"):
        yield Reason(Priority.MEDIUM, "config", facts.config.version, facts.config.fate)


def _of_silence(facts: Facts) -> Iterator[Reason]:
    if facts.lost is not None:
        yield Reason(facts.lost.priority, "lost", at=facts.fate.last_at)
    elif facts.own is not None and facts.now - facts.own.at > SPOKEN_FOR:
        yield Reason(Priority.MEDIUM, "mute", at=facts.own.at)


def _of_loss(facts: Facts) -> Iterator[Reason]:
    fate, lately = facts.fate, facts.lately
    if fate.taken != fate.stored + fate.duplicate + fate.rejected:
        yield Reason(Priority.HIGH, "sum", fate.taken - fate.stored - fate.duplicate - fate.rejected)
    if lately is not None and lately.gaps:
        yield Reason(Priority.HIGH, "given-up", lately.given_up)
    if lately is not None and lately.aside:
        yield Reason(Priority.LOW, "aside", lately.aside)


def _of_devices(own: OwnWords) -> Iterator[Reason]:
    for device in own.devices:
        if device.link == NOT_REACHED:
            yield Reason(Priority.HIGH, "not-reached", name=device.name)
        elif device.link < CONNECTED:
            yield Reason(Priority.MEDIUM, "degraded", name=device.name)


def _of_waiting(own: OwnWords) -> Iterator[Reason]:
    if (age := own.get("backlog-age")) is not None and age > WAITS_LONG_S:
        yield Reason(Priority.MEDIUM, "waits", age)
    if stale := own.count("stale"):
        yield Reason(Priority.MEDIUM, "stale", stale)


def _of_clock(own: OwnWords) -> Iterator[Reason]:
    if (offset := own.get("clock-offset")) is not None and abs(offset) > CLOCK_OFF_S:
        yield Reason(Priority.MEDIUM, "clock-ahead" if offset > 0 else "clock-behind", abs(offset))


def _of_certificates(own: OwnWords) -> Iterator[Reason]:
    days = own.get("certificate-days")
    if days is None or days >= EXPIRES_SOON_DAYS:
        return
    if days <= 0:
        yield Reason(Priority.HIGH, "expired")
    else:
        yield Reason(Priority.HIGH if days < EXPIRES_NOW_DAYS else Priority.MEDIUM, "expires", days)


def _of_counters(own: OwnWords, trends: Mapping[str, Trend]) -> Iterator[Reason]:
    for measure in _COUNTERS:
        now = own.get(measure)
        seen = [low for low in trends[measure].min if low is not None] if measure in trends else []
        if now is not None and seen and now > min(seen):
            yield Reason(Priority.MEDIUM, measure, now - min(seen))


def _spark(trend: Trend | None) -> Sparkline | None:
    if trend is None:
        return None
    reach = 1 + int(SPOKEN_FOR.total_seconds() // trend.width_s)
    return draw([trend.max], 0.0, WAITS_LONG_S, reach=reach)
