"""Who has goods of a recall, what each of them was told, and who answered: notices that only grow in number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from mes.recall import scoping
from mes.recall.model import HELD, Recall
from mes.recall.reach import Line, consignees
from mes.recall.service import locked
from mes.transitions import Refused
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


class ConsigneeNotFound(NotFound):
    """Nobody of this name has goods of this recall."""


class Event(StrEnum):
    SENT = "sent"
    CONFIRMED = "confirmed"  # somebody there has read it, and has stopped using and selling
    UNREACHABLE = "unreachable"  # given up, with the reason


class Channel(StrEnum):
    LETTER = "letter"
    TELEPHONE = "telephone"
    MAIL = "mail"
    FAX = "fax"
    IN_PERSON = "in_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    id: int
    recall_id: int
    consignee: str
    event: Event
    scope: int  # what it told: the consignee's lines of this scope
    channel: str
    said: str
    person: str
    recorded_by: str
    recorded_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "event", Event(self.event))


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignee:
    """Somebody who has goods of it, and what was said between us."""

    name: str
    lines: tuple[Line, ...]
    notices: tuple[Notice, ...]

    @property
    def address(self) -> str:
        """Of the newest shipment that names one."""
        return next((line.address for line in reversed(self.lines) if line.address), "")

    @property
    def contact(self) -> str:
        return next((line.contact for line in reversed(self.lines) if line.contact), "")

    @property
    def told(self) -> bool:
        """Whether a notice was sent of all that is known to be there."""
        needed = max(line.since for line in self.lines)
        return any(each.event is Event.SENT and each.scope >= needed for each in self.notices)

    @property
    def answered(self) -> bool:
        """Whether the newest notice was confirmed, or given up with a reason."""
        return bool(self.notices) and self.told and self.notices[-1].event is not Event.SENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a person records about one consignee."""

    consignee: str
    event: Event
    channel: Channel | str = ""
    person: str = ""
    note: str = ""


async def notices(work: Work, recall_id: int) -> list[Notice]:
    """All of them, oldest first."""
    return await work.all(SQL["notices"], Notice, recall_id=recall_id)


def by_consignee(lines: Iterable[Line], told: Sequence[Notice]) -> list[Consignee]:
    """Everyone who has something of it, with what was said between us."""
    return [
        Consignee(name=name, lines=tuple(theirs), notices=tuple(each for each in told if each.consignee == name))
        for name, theirs in consignees(lines).items()
    ]


async def record(work: Work, recall_id: int, told: Told) -> Notice:
    """A notice was sent, confirmed, or the consignee was given up.

    Raises RecallNotFound, ConsigneeNotFound, Refused.
    """
    recall = await locked(work, recall_id)
    kept, lines = await scoping.newest(work, recall_id)
    known = {each.name: each for each in by_consignee(lines, await notices(work, recall_id))}
    if told.consignee not in known or kept is None:
        raise ConsigneeNotFound(recall_id=recall_id, consignee=told.consignee)
    _check(recall, known[told.consignee], told)
    said = _lots(known[told.consignee]) if told.event is Event.SENT else told.note.strip()
    facts = {"consignee": told.consignee, "event": told.event, "channel": told.channel, "person": told.person.strip()}
    made = await work.one(
        SQL["add_notice"],
        Notice,
        recall_id=recall_id,
        scope=kept.number,
        said=said,
        **facts,
        actor=work.actor,
        now=work.now,
    )
    if made is None:
        raise ConsigneeNotFound(recall_id=recall_id)
    work.audit(f"recall.notice_{told.event}", "recall", recall_id, after=facts | {"said": said, "scope": kept.number})
    await work.emit("recall.notice", recall_id=recall_id, number=recall.number, event=told.event)
    return made


def _check(recall: Recall, consignee: Consignee, told: Told) -> None:
    asked = {
        "holds_are_applied": recall.status in HELD,
        "channel_given": told.event is not Event.SENT or bool(told.channel),
        "notice_was_sent": told.event is Event.SENT or consignee.told,
        "person_given": told.event is not Event.CONFIRMED or bool(told.person.strip()),
        "note_given": told.event is not Event.UNREACHABLE or bool(told.note.strip()),
    }
    if failed := [name for name, holds in asked.items() if not holds]:
        raise Refused("recall", recall.id, f"notice_{told.event}", failed)


def _lots(consignee: Consignee) -> str:
    """Lots and quantities, as one text of what was told."""
    return "; ".join(
        f"{line.item} {line.lot} {line.quantity.normalize():f} {line.unit} ({line.shipment})"
        for line in consignee.lines
    )
