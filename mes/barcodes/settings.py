"""What the plant's scanners send between two elements. Every change of it stays on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mes.barcodes.elements import GS
from mes.barcodes.keyboard import SEPARATORS
from telemetry import queries
from telemetry.errors import Invalid
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
ALLOWED = frozenset("#$@[\\]^`{|}~") | {GS}
"""Characters that no GS1 value may hold (GS1 General Specifications, 7.11, set 82), so that each can end one."""


class SeparatorNotAllowed(Invalid):
    """This character can stand in a lot's number: choose one of | ^ ~ # $ @."""


@dataclass(frozen=True, slots=True)
class ScannerSetting:
    separators: str
    reason: str
    set_by: str
    set_at: datetime


async def setting(work: Work) -> ScannerSetting | None:
    """The setting in force; None: nobody has set anything, and `SEPARATORS` hold."""
    return await work.one(SQL["setting"], ScannerSetting)


async def separators(work: Work) -> tuple[str, ...]:
    """Characters that end an element."""
    told = await setting(work)
    return SEPARATORS if told is None else tuple(dict.fromkeys(GS + told.separators))


async def set_separators(work: Work, characters: str, *, reason: str) -> None:
    """From now on these characters, and GS, end an element. Raises SeparatorNotAllowed."""
    wanted = "".join(dict.fromkeys(GS + characters))
    if wrong := [character for character in wanted if character not in ALLOWED]:
        raise SeparatorNotAllowed(characters=" ".join(wrong))
    before = await separators(work)
    await work.run(SQL["set"], separators=wanted, reason=reason, actor=work.actor, now=work.now)
    told = [[f"0x{ord(each):02x}" for each in those] for those in (before, wanted)]
    work.audit(
        "scanner.set",
        "scanner",
        "separators",
        before={"separators": told[0]},
        after={"separators": told[1]},
        reason=reason,
    )
