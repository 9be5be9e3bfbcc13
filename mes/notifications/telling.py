"""From the plant's state to messages that wait to be sent: one transaction decides and writes all of it.

Only one notifier decides at a time, and a person's occasion is a key: whoever decides again finds it told.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mes.alarms import service as alarms
from mes.alarms.model import Alarm
from mes.inventory import service as inventory
from mes.notifications import letters
from mes.notifications.addresses import Address, addresses
from mes.notifications.deciding import Bundle, Call, Due, Outcome, Plan, calls_again, due, folded
from mes.notifications.letters import Desk, Letter, Line
from mes.notifications.model import Channel, Colleague, Ladder, Reason
from mes.notifications.roster import plan_now
from mes.plant import service as plant
from mes.plant.model import Zone
from telemetry import queries, store, units
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
HORIZON = timedelta(days=1)
"""What was over and acknowledged before is told to nobody any more."""
NO_ADDRESS = "no address"


@dataclass(frozen=True, slots=True)
class _Told:
    occasion: str
    person_id: int
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Last:
    person_id: int
    at: datetime


async def decide(work: Work, link: str) -> int:
    """Write every message that is due now. Answers how many. `link`: address of the pages."""
    await work.run(SQL["lock_deciding"])
    plan = await plan_now(work)
    if not plan.ladders:
        return 0
    in_sight = {alarm.id: alarm for alarm in await _in_sight(work, plan)}
    calls = await calls_of(work, in_sight.values())
    dues = due(work.now, calls, plan, await _told(work, list(in_sight)))
    dues += await _alive(work, plan)
    last = {row.person_id: row.at for row in await work.all(SQL["last_told"], _Last, since=work.now - HORIZON)}
    bundles = folded(work.now, dues, plan, last)
    if not bundles:
        return 0
    writer = _Writer(work, plan, in_sight, await _desk_facts(work, link), await _addresses(work))
    for bundle in bundles:
        await writer.write(bundle)
    return len(bundles)


async def calls_of(work: Work, found: Iterable[Alarm]) -> list[Call]:
    """Alarms as the ladders see them."""
    zones = {zone.id: zone for zone in await plant.zones(work)}
    return [_call(alarm, around(zones, alarm.zone_id)) for alarm in found]


async def _in_sight(work: Work, plan: Plan) -> list[Alarm]:
    found = await alarms.in_sight(work, since=work.now - HORIZON)
    again = calls_again(work.now, await calls_of(work, found), plan)
    for call in again:
        await alarms.call_again(work, call.alarm_id)
    return await alarms.in_sight(work, since=work.now - HORIZON) if again else found


def _call(alarm: Alarm, zones: frozenset[str]) -> Call:
    return Call(
        alarm_id=alarm.id,
        call=alarm.calls,
        kind=alarm.kind,
        source=alarm.source,
        priority=alarm.priority,
        zones=zones,
        called_at=alarm.called_at or alarm.detected_at,
        acked_at=alarm.acked_at,
        acked_by=alarm.acked_by,
        cleared_at=alarm.cleared_at,
        is_suppressed=alarm.suppression is not None,
    )


def around(zones: Mapping[int, Zone], zone_id: int | None) -> frozenset[str]:
    """Codes of a zone and of those that it lies in."""
    found: set[str] = set()
    while zone_id is not None and zone_id in zones and zones[zone_id].code not in found:
        found.add(zones[zone_id].code)
        zone_id = zones[zone_id].parent_id
    return frozenset(found)


async def _told(work: Work, alarm_ids: list[int], occasions: Sequence[str] = ()) -> dict[tuple[str, int], Outcome]:
    rows = await work.all(SQL["told"], _Told, alarm_ids=alarm_ids, occasions=list(occasions))
    return {(row.occasion, row.person_id): Outcome(row.failed_at) for row in rows}


async def _alive(work: Work, plan: Plan) -> list[Due]:
    """Who is to be told today that the calling works."""
    here = work.now.astimezone(plan.roster.zone)
    asking = [each for each in plan.ladders if each.alive_at is not None and here.time() >= each.alive_at]
    names = {ladder.code: f"alive:{ladder.code}:{here.date()}" for ladder in asking}
    told = await _told(work, [], list(names.values()))
    return [
        Due(occasion=names[ladder.code], person_id=each.id, reason=Reason.ALIVE, ladder=ladder.code, rung=0, due_at=at)
        for ladder in asking
        if (at := _alive_since(here, ladder)) >= ladder.since
        for each in plan.roster.on(ladder.rungs[0], work.now)
        if (names[ladder.code], each.id) not in told
    ]


def _alive_since(here: datetime, ladder: Ladder) -> datetime:
    at = ladder.alive_at or here.time()
    return here.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)


async def _addresses(work: Work) -> dict[int, list[Address]]:
    found: dict[int, list[Address]] = {}
    for each in await addresses(work):
        found.setdefault(each.person_id, []).append(each)
    return found


async def _desk_facts(work: Work, link: str) -> dict[str, str]:
    site = await plant.site(work)
    return {"en": site.name_en if site else "", "zh": site.name_zh if site else "", "link": link.rstrip("/")}


class _Writer:
    """Writes messages with what they are about; what several need is looked up once."""

    def __init__(
        self,
        work: Work,
        plan: Plan,
        found: Mapping[int, Alarm],
        desk: Mapping[str, str],
        ways: dict[int, list[Address]],
    ) -> None:
        self._work, self._plan, self._alarms, self._desk, self._ways = work, plan, found, desk, ways
        self._people = {each.id: each for each in plan.roster.colleagues}
        self._ladders = {each.code: each for each in plan.ladders}
        self._lines: dict[int, Line] = {}
        self._lots: dict[int, tuple[str, ...]] = {}

    async def write(self, bundle: Bundle) -> None:
        """A message, what it is about, and the ways it is to go."""
        work, person = self._work, self._people[bundle.person_id]
        letter, priority = await self._letter(person, bundle)
        reason = min((each.reason for each in bundle.dues), key=list(Reason).index)
        facts = asdict(letter) | {"person_id": person.id, "reason": reason, "priority": priority, "now": work.now}
        message_id = await work.scalar(SQL["add_message"], **facts)
        for each in bundle.dues:
            await work.run(SQL["add_occasion"], **asdict(each), notification_id=message_id)
        ways = self._ways_for(bundle)
        for way in ways:
            await add_delivery(work, message_id, way)
        if not ways:
            failed = {"state": "failed", "failed_at": work.now, "reason": NO_ADDRESS, "now": work.now}
            none = {"address_id": None, "channel": ""}
            await work.run(SQL["add_delivery"], notification_id=message_id, **failed, **none)

    def _ways_for(self, bundle: Bundle) -> list[Address]:
        """Addresses of the channels that the rungs name; where none fits, or a rung names none, all there are."""
        known = self._ways.get(bundle.person_id, [])
        rungs = [self._ladders[each.ladder].rungs[each.rung] for each in bundle.dues]
        wanted: set[Channel] = set().union(*(rung.channels for rung in rungs))
        fitting = [each for each in known if each.channel in wanted]
        return fitting if fitting and all(rung.channels for rung in rungs) else known

    async def _letter(self, person: Colleague, bundle: Bundle) -> tuple[Letter, str | None]:
        zone, named = self._plan.roster.zone, self._desk
        plant_name = named["zh" if person.language == "zh" else "en"]
        number = f"N-{secrets.token_hex(4).upper()}"
        desk = Desk(language=person.language, zone=zone, plant=plant_name, link=named["link"], number=number)
        lines = [await self._line(each.alarm_id, each.reason) for each in bundle.dues if each.alarm_id is not None]
        if not lines:
            standing = sum(1 for alarm in self._alarms.values() if alarm.cleared_at is None)
            return letters.alive(desk, self._work.now, standing), None
        worst = max((line.alarm.priority for line in lines), key=lambda priority: priority.rank)
        return letters.letter(desk, lines), worst

    async def _line(self, alarm_id: int, reason: Reason) -> Line:
        alarm = self._alarms[alarm_id]
        if alarm_id not in self._lines:
            self._lines[alarm_id] = await self._look_up(alarm)
        known = self._lines[alarm_id]
        return Line(**{name: getattr(known, name) for name in Line.__slots__} | {"reason": reason})

    async def _look_up(self, alarm: Alarm) -> Line:
        work = self._work
        zone = await plant.zone(work, alarm.zone_id) if alarm.zone_id else None
        if alarm.zone_id and alarm.zone_id not in self._lots:
            self._lots[alarm.zone_id] = tuple(lot.number for lot in await inventory.lots(work, zone_id=alarm.zone_id))
        value, at = await self._value(alarm)
        return Line(
            alarm=alarm,
            reason=Reason.CALL,
            zone_en=zone.name_en if zone else None,
            zone_zh=zone.name_zh if zone else None,
            value=value,
            value_at=at,
            lots=self._lots.get(alarm.zone_id, ()) if alarm.zone_id else (),
        )

    async def _value(self, alarm: Alarm) -> tuple[str, datetime | None]:
        """The newest reading of a point that the plant model knows."""
        known = {point.point_id: point for point in await plant.points(self._work)} if alarm.point_id else {}
        point = known.get(alarm.point_id or 0)
        if point is None:
            return "", None
        last = next(iter(await store.last_values(self._work, [point.point_id])), None)
        if last is None or last.value is None:
            return "", None
        digits = max(0, -int(point.resolution.normalize().as_tuple().exponent))
        return f"{last.value:.{digits}f} {units.shown(point.unit)}".rstrip(), last.time


async def add_delivery(work: Work, message_id: int, way: Address) -> None:
    """A message is to go to this address."""
    facts = {"state": "waiting", "failed_at": None, "reason": "", "now": work.now}
    await work.run(SQL["add_delivery"], notification_id=message_id, address_id=way.id, channel=way.channel, **facts)
