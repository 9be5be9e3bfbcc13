"""Walking a round: a label is scanned at each stop, what is seen is kept with the time it was seen.

A phone may have been without a network: what it sends carries its own key, so that nothing is kept twice, and the times
it was seen and sent by its clock, so that a wrong clock does no harm. What comes after the window's end is kept as
late. What is not in order asks for maintenance, or drafts a deviation, once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from secrets import token_hex

from mes.gauges import service as gauges
from mes.maintenance import photos
from mes.maintenance import service as maintenance
from mes.plant import service as plant
from mes.plant.model import Equipment
from mes.quality import handling
from mes.quality.deviations import Draft
from mes.rounds import service
from mes.rounds.applying import SQL
from mes.rounds.model import Round, RoundEntry, RoundFacts, RoundStatus, fresh, unanswered, verdict
from mes.rounds.scanning import LabelOfAnother, machine_of
from mes.rounds.words import ItemWords
from mes.transitions import Refused
from telemetry.errors import Conflict, Forbidden, Invalid, NotFound
from telemetry.work import Work

LONGEST_QUEUE = timedelta(days=30)
"""A phone that was away for longer says a time that is not believed."""


class StopUnknown(NotFound):
    """This round has no such stop or item."""


class NotOfThisTeam(Forbidden):
    """Another team walks this round."""


class RoundNotOpen(Conflict):
    """The time of this round has not begun, or it was called off."""


class ScanOrReason(Invalid):
    """Scan the label of the machine; where it can't be scanned, say why."""


class StopNotScanned(Conflict):
    """The label of this machine was not scanned, or too long ago: scan it again, or say why it can't be."""


class FailureNotShown(Invalid):
    """What is not in order needs a note or a picture."""


class GaugeMissing(Invalid):
    """Say which gauge it was measured with: its serial number."""


class PhotoMissing(Invalid):
    """A picture is asked for here: take one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """When something was seen and when it was sent, by one and the same clock; None: now."""

    seen_ms: int | None = None
    sent_ms: int | None = None
    key: str = field(default_factory=lambda: token_hex(16))  # the phone's own: sent twice, kept once

    def at(self, received: datetime) -> datetime:
        """The moment by the server's clock: as long before its receipt as it was before it was sent."""
        if self.seen_ms is None or self.sent_ms is None:
            return received
        ago = timedelta(milliseconds=max(0, self.sent_ms - self.seen_ms))
        return received - min(ago, LONGEST_QUEUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was seen at an item."""

    stop: int
    item: str
    value: str
    note: str = ""
    photo: bytes | None = None
    gauge: str = ""  # serial number, where a gauge is measured with


async def start_stop(
    work: Work,
    round_id: int,
    stop: int,
    *,
    roles: Collection[str],
    scanned: str = "",
    reason: str = "",
    seen: Seen | None = None,
) -> None:
    """Somebody stands before the machine of a stop: its label was scanned, or the reason is given why not.

    Raises RoundNotFound, StopUnknown, NotOfThisTeam, RoundNotOpen, ScanOrReason, LabelUnknown, LabelOfAnother.
    """
    told = seen or Seen()
    found = await _walked(work, round_id, roles)
    if found.stop(stop) is None:
        raise StopUnknown(stop=stop)
    if scanned.strip():
        known = {each.id: each for each in await plant.equipment(work)}
        machine, asked = machine_of(scanned, known), (await service.machines(work, found))[stop]
        if asked is None or machine.id != asked.id:
            raise LabelOfAnother(scanned=machine.path, asked=found.words.stops[stop].equipment)
    elif not reason.strip():
        raise ScanOrReason
    said = {"stop": stop, "scanned": scanned.strip()[:500], "reason": reason.strip(), "seen_at": told.at(work.now)}
    made = await work.scalar(SQL["add_start"], task_id=found.id, **said, key=told.key, actor=work.actor, now=work.now)
    if made is None:
        return  # it came before
    if found.status is RoundStatus.OPEN:
        await service.step(work, found, "start", RoundFacts(), started_by=work.actor, started_at=said["seen_at"])
    work.audit(f"{service.ENTITY}.scan", service.ENTITY, found.id, after=said, reason=reason.strip())


async def answer(
    work: Work, round_id: int, said: Answer, *, roles: Collection[str], seen: Seen | None = None
) -> RoundEntry:
    """Keep what was seen at an item; after the window's end it is kept as late.

    Raises RoundNotFound, StopUnknown, NotOfThisTeam, RoundNotOpen, EntryUnsound, PhotoMissing, FailureNotShown,
    StopNotScanned, PhotoUnreadable; GaugeMissing, GaugeNotFound, and Refused for a gauge that may not be used.
    """
    told = seen or Seen()
    found = await _walked(work, round_id, roles)
    before = await work.scalar(SQL["entry_with"], key=told.key)
    if before is not None:
        return await _entry(work, found, int(before))
    at, item = told.at(work.now), _item(found, said)
    value, passed = await _verdict(work, found, item, said, at)
    if fresh(await service.starts(work, found.id), said.stop, at, _holds(found)) is None:
        raise StopNotScanned(stop=found.words.stops[said.stop].equipment)
    kept = {"stop": said.stop, "item": item.code, "value": value, "passed": passed, "note": said.note.strip()}
    kept |= {"seen_at": at, "late": work.now >= found.closes_at}
    kept["gauge_id"] = await _measured(work, found, item, said, value, at)
    asked = {"order_id": None, "deviation_id": None} if passed else await _ask(work, found, item, said, value)
    entry_id: int = await work.scalar(
        SQL["add_entry"], task_id=found.id, **kept, **asked, key=told.key, actor=work.actor, now=work.now
    )
    shown = await _keep_photo(work, entry_id, said.photo) if said.photo else {}
    work.audit(f"{service.ENTITY}.entry", service.ENTITY, found.id, after=kept | asked | shown)
    return await _entry(work, found, entry_id)


async def submit(work: Work, round_id: int, *, roles: Collection[str], seen: Seen | None = None) -> Round:
    """The round is walked. Handed in after its window, what was missed stays missed, and nothing is changed.

    Raises RoundNotFound, NotOfThisTeam, RoundNotOpen, Refused with the guards that failed.
    """
    found = await _walked(work, round_id, roles)
    if found.status not in {RoundStatus.OPEN, RoundStatus.IN_PROGRESS}:
        return found  # by its end, or by this very message before
    answered = {(each.stop, each.item) for each in await service.entries(work, [found.id])}
    missing = unanswered(found.words, answered)
    at = (seen or Seen()).at(work.now)
    facts = RoundFacts(actor=work.actor, unanswered=len(missing))
    if found.status is RoundStatus.OPEN:
        raise Refused(service.ENTITY, found.id, "submit", ["every_item_is_looked_at"], state=found.status)
    return await service.step(work, found, "submit", facts, submitted_by=work.actor, submitted_at=at)


async def picture(work: Work, photo_id: int) -> photos.Picture:
    """A picture of a round, as it came. Raises PhotoNotFound."""
    found = await work.one(SQL["picture"], photos.Picture, id=photo_id)
    if found is None:
        raise photos.PhotoNotFound(photo_id=photo_id)
    return found


async def _walked(work: Work, round_id: int, roles: Collection[str]) -> Round:
    """A round that is being walked, locked and brought up to date with the clock."""
    found = await service.up_to_date(work, await service.locked(work, round_id))
    if found.words.roles and not set(found.words.roles) & set(roles):
        raise NotOfThisTeam(needs=" | ".join(found.words.roles))
    if found.status in {RoundStatus.SCHEDULED, RoundStatus.CANCELLED}:
        raise RoundNotOpen(opens_at=found.opens_at)
    return found


def _holds(found: Round) -> timedelta:
    return timedelta(minutes=found.words.scan_holds_min)


def _item(found: Round, said: Answer) -> ItemWords:
    stop = found.stop(said.stop)
    item = stop.item(said.item) if stop else None
    if item is None:
        raise StopUnknown(stop=said.stop, item=said.item)
    return item


async def _verdict(work: Work, found: Round, item: ItemWords, said: Answer, at: datetime) -> tuple[str, bool]:
    last = None
    if item.kind == "meter":
        place = {"plan_id": found.plan_id, "item": item.code, "equipment": found.words.stops[said.stop].equipment}
        shown = await work.scalar(SQL["last_meter"], **place, at=at)
        last = None if shown is None else Decimal(shown)
    if item.kind == "photo" and said.photo is None:
        raise PhotoMissing(item=item.code)
    value, passed = verdict(item, said.value, last)
    if not passed and not said.note.strip() and said.photo is None:
        raise FailureNotShown(item=item.code, value=value)
    return value, passed


async def _measured(work: Work, found: Round, item: ItemWords, said: Answer, value: str, at: datetime) -> int | None:
    """The gauge that it was measured with, which must be in calibration; its use is kept with it."""
    if not item.gauge:
        return None
    if not said.gauge.strip():
        raise GaugeMissing(item=item.code)
    used = await gauges.gauge_with(work, said.gauge)
    label = f"{found.number} {found.words.stops[said.stop].equipment}: {item.name.zh} {item.name.en}"
    about = {"record_type": service.ENTITY, "record_id": found.id, "label": label}
    await gauges.measure(work, used.id, **about, value=Decimal(value), used_at=at)  # type: ignore[arg-type]
    return used.id


async def _ask(work: Work, found: Round, item: ItemWords, said: Answer, value: str) -> dict[str, int | None]:
    """What an item that is not in order asks for; an open order for the machine's failed checks is joined."""
    machine = (await service.machines(work, found))[said.stop]
    title_en, title_zh = _titles(machine, found.words.stops[said.stop].equipment, item)
    told = " ".join(part for part in (f"{found.number}: {value} {item.unit}".strip(), said.note.strip()) if part)
    if item.on_failure == "deviation" or machine is None:
        made = await handling.open_deviation(work, Draft(title_en=title_en, title_zh=title_zh, description=told))
        return {"order_id": None, "deviation_id": made.id}
    day = work.now.astimezone(await plant.time_zone(work)).date()
    order = await maintenance.open_order(
        work,
        equipment_id=machine.id,
        title_en=title_en,
        title_zh=title_zh,
        priority=item.priority,
        told=told,
        evidence={"round": found.number, "item": item.code, "value": value},
        due_on=day + timedelta(days=found.words.fix_days),
    )
    if said.photo:
        await photos.add_photo(work, order.id, said.photo)
    return {"order_id": order.id, "deviation_id": None}


def _titles(machine: Equipment | None, path: str, item: ItemWords) -> tuple[str, str]:
    en, zh = (machine.name_en, machine.name_zh) if machine else (path, path)
    return f"{en}: {item.name.en}", f"{zh}：{item.name.zh}"


async def _keep_photo(work: Work, entry_id: int, content: bytes) -> dict[str, object]:
    facts: dict[str, object] = {"media_type": photos.media_type_of(content), "sha256": sha256(content).hexdigest()}
    await work.run(SQL["add_photo"], entry_id=entry_id, content=content, **facts)
    return facts


async def _entry(work: Work, found: Round, entry_id: int) -> RoundEntry:
    return next(each for each in await service.entries(work, [found.id]) if each.id == entry_id)
