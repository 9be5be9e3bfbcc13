"""A round of the cold store, and somebody who walks it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mes.rounds import applying, service, walking
from mes.rounds.model import Round, RoundEntry
from mes.rounds.walking import Answer, Seen
from mes.rounds.words import RoundWords
from telemetry.work import begin
from tests.plugins.cold_room import ColdStore, minute

ROOM, COMPRESSOR = "cold-store/cold-room-2", "cold-store/cold-room-2-compressor"
JPEG = b"\xff\xd8\xff\xe0" + b"frost on the coil"
ITEMS: list[dict[str, Any]] = [
    {"code": "door", "name": {"en": "Door shuts", "zh": "库门关闭"}},
    {
        "code": "shown",
        "kind": "number",
        "name": {"en": "Display", "zh": "显示温度"},
        "unit": "Cel",
        "low": 2,
        "high": 8,
    },
]
WORDS: dict[str, Any] = {
    "code": "morning",
    "name": {"en": "Morning round", "zh": "早班巡检"},
    "windows": [{"start": "09:00", "end": "10:00"}],
    "stops": [
        {"equipment": ROOM, "items": ITEMS},
        {"equipment": COMPRESSOR, "items": [{"code": "noise", "name": {"en": "Runs quietly", "zh": "运行无异响"}}]},
    ],
}
WALKERS = frozenset({"operator"})


async def plan(cold_store: ColdStore, **said: Any) -> None:
    """The folder asks for a round; from nine to ten in the plant."""
    words = RoundWords.model_validate(WORDS | said)
    async with cold_store.work("plant") as work:
        await applying.put(work, applying.RoundRow(code=words.code, definition=words.model_dump_json()))


async def look(cold_store: ColdStore, at: float) -> None:
    """The watch's round over rounds, at a minute after nine."""
    cold_store.clock.at = minute(at)
    async with begin(cold_store.pool, "watch", cold_store.clock.at) as work:
        await service.look_at_rounds(work)


async def first(cold_store: ColdStore) -> Round:
    """The round that was set down first, of those that open first."""
    async with cold_store.work() as work:
        return (await service.rounds(work))[-1]


async def a_round(cold_store: ColdStore, **said: Any) -> Round:
    """An open one."""
    await plan(cold_store, **said)
    await look(cold_store, 1)
    return await first(cold_store)


async def scan(
    cold_store: ColdStore, found: Round, stop: int, text: str = "", who: str = "operator", **said: Any
) -> None:
    label = text or found.words.stops[stop].equipment
    async with cold_store.work(who) as work:
        await walking.start_stop(work, found.id, stop, roles=WALKERS, **({"scanned": label} | said))


async def say(
    cold_store: ColdStore, found: Round, stop: int, item: str, value: str, *, seen: Seen | None = None, **said: Any
) -> RoundEntry:
    async with cold_store.work("operator") as work:
        told = Answer(stop=stop, item=item, value=value, **said)
        return await walking.answer(work, found.id, told, roles=WALKERS, seen=seen)


async def walk(cold_store: ColdStore, found: Round, *, but: str = "", **failing: str) -> None:
    """Scan and answer everything in order, `but` one item; `failing`: values by item, with a note."""
    for n, stop in enumerate(found.words.stops):
        await scan(cold_store, found, n)
        for item in stop.items:
            value = failing.get(item.code, "5.0" if item.kind == "number" else "ok")
            if item.code != but:
                await say(cold_store, found, n, item.code, value, note="seen" if item.code in failing else "")


def queued(minutes: float, key: str) -> Seen:
    """What a phone sends that was without a network for so many minutes; its clock is two hours wrong."""
    sent = minute(0) + timedelta(hours=2)
    ms = int(sent.timestamp() * 1000)
    return Seen(seen_ms=ms - int(minutes * 60_000), sent_ms=ms, key=key)
