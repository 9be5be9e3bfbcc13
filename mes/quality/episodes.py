"""Episodes as records: the watch writes what changed, everyone may read. Every change but growth is audited.

Numbers of an open episode that only grow are written without an audit row: the readings themselves say as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from mes.quality.model import Episode, Judged
from telemetry import queries
from telemetry.errors import Conflict
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("episodes.sql"))
GROWING = frozenset({"peak", "peak_at", "known_s", "unknown_s"})
"""What changes with every reading while an episode is open."""


class EpisodeGone(Conflict):
    """This episode can't be written: it is not there any more."""


async def standing_since(work: Work, since: datetime, point_ids: Sequence[int] | None = None) -> list[Episode]:
    """Standing episodes that are open, or ended at that moment or later; of every kind, of all points for None."""
    return await work.all(SQL["standing_since"], Episode, since=since, point_ids=_listed(point_ids))


async def reaching(work: Work, since: Mapping[int, datetime]) -> list[Episode]:
    """By point and time: standing episodes that are open at the point's moment, or ended there or later."""
    return await work.all(SQL["reaching"], Episode, point_ids=list(since), since=list(since.values()))


async def counted(work: Work, point_ids: Sequence[int], since: datetime) -> list[Episode]:
    """What cumulative rules add up of these points: standing, and open or ended since then; by point and time."""
    return await work.all(SQL["counted"], Episode, point_ids=list(point_ids), since=since)


async def unfiled(work: Work, point_id: int, start: datetime, end: datetime | None) -> list[Episode]:
    """Single events of a point within a time that belong to no excursion; warnings never do."""
    return await work.all(SQL["unfiled"], Episode, point_id=point_id, start=start, end=end)


async def open_episodes(work: Work) -> list[Episode]:
    """All that have not ended, those that cumulative rules add up too."""
    return await work.all(SQL["open"], Episode)


async def of_excursions(work: Work, excursion_ids: Sequence[int]) -> list[Episode]:
    """What is to be told of these excursions: single events, or else what added up; withdrawn ones too."""
    return await work.all(SQL["of_excursions"], Episode, excursion_ids=list(excursion_ids))


async def filed_under(work: Work, excursion_id: int) -> list[Episode]:
    """All that an excursion's window and lots follow from: single events and what added up, withdrawn ones too."""
    return await work.all(SQL["filed_under"], Episode, excursion_id=excursion_id)


async def episodes(
    work: Work,
    *,
    point_id: int | None = None,
    from_: datetime | None = None,
    to: datetime | None = None,
    withdrawn: bool = False,
    limit: int = 500,
) -> list[Episode]:
    """Episodes, newest first, that touch [from_, to)."""
    filters = {"point_id": point_id, "from_": from_, "to": to, "withdrawn": withdrawn, "limit": limit}
    return await work.all(SQL["episodes"], Episode, **filters)


async def record(work: Work, point_id: int, judged: Judged, *, late: bool) -> Episode:
    """A new episode."""
    stored = await work.one(SQL["record"], Episode, point_id=point_id, late=late, now=work.now, **asdict(judged))
    if stored is None:
        raise EpisodeGone(point_id=point_id)
    work.audit("episode.record", "episode", stored.id, after=asdict(judged) | {"point_id": point_id, "late": late})
    return stored


async def change(work: Work, stored: Episode, judged: Judged, *, late: bool) -> Episode:
    """Write what a new evaluation says of the same episode."""
    before, after = asdict(stored.judged), asdict(judged)
    changed = {name for name in after if after[name] != before[name]}
    grows = changed <= GROWING and judged.ended_at is None
    facts = after | {"id": stored.id, "late": late and not grows, "step": 0 if grows else 1}
    written = await work.one(SQL["change"], Episode, **facts)
    if written is None:
        raise EpisodeGone(episode_id=stored.id)
    if not grows:
        was, now = ({name: of[name] for name in sorted(changed)} for of in (before, after))
        work.audit("episode.change", "episode", stored.id, before=was, after=now)
    return written


async def lose(work: Work, stored: Episode, *, at: datetime, signature_id: int, reason: str) -> Episode:
    """End an episode at a moment, although no reading says so: all that is unknown up to then counts as out."""
    unknown_s = max(0.0, (at - stored.started_at).total_seconds() - stored.known_s)
    lost = await work.one(SQL["lose"], Episode, id=stored.id, at=at, unknown_s=unknown_s, signature_id=signature_id)
    if lost is None:
        raise EpisodeGone(episode_id=stored.id)
    after = {"ended_at": at, "unknown_s": unknown_s, "end_reason": lost.end_reason, "signature": signature_id}
    work.audit("episode.sensor_lost", "episode", stored.id, before=asdict(stored.judged), after=after, reason=reason)
    return lost


async def withdraw(work: Work, stored: Episode) -> Episode:
    """Late readings showed that it was not so, or that it is part of another. The row stays."""
    gone = await work.one(SQL["withdraw"], Episode, id=stored.id, now=work.now)
    if gone is None:
        raise EpisodeGone(episode_id=stored.id)
    work.audit("episode.withdraw", "episode", stored.id, before=asdict(stored.judged), reason="late readings")
    return gone


async def grow(work: Work, grown: Sequence[tuple[Episode, Judged]]) -> None:
    """Write numbers of open episodes that only grow, all at once."""
    if grown:
        columns = {name: [getattr(judged, name) for _, judged in grown] for name in sorted(GROWING)}
        await work.run(SQL["grow"], ids=[stored.id for stored, _ in grown], **columns)


async def anchor(work: Work, episode_id: int, at: datetime | None, known_s: float, unknown_s: float) -> None:
    """Remember up to where an open episode has been counted. It says nothing new: nothing is audited."""
    await work.run(SQL["anchor"], id=episode_id, at=at, known_s=known_s, unknown_s=unknown_s)


def _listed(point_ids: Sequence[int] | None) -> list[int] | None:
    return None if point_ids is None else list(point_ids)


def only_grows(stored: Episode, judged: Judged) -> bool:
    """Whether the new evaluation says nothing but that it goes on."""
    return judged.ended_at is None and stored.judged == replace(
        judged, **{name: getattr(stored, name) for name in GROWING}
    )


async def file_under(work: Work, episode: Episode, excursion_id: int) -> Episode:
    """Say to which excursion it belongs."""
    filed = await work.one(SQL["file_under"], Episode, id=episode.id, excursion_id=excursion_id)
    if filed is None:
        raise EpisodeGone(episode_id=episode.id)
    facts = {"excursion_id": episode.excursion_id}, {"excursion_id": excursion_id}
    work.audit("episode.file", "episode", episode.id, before=facts[0], after=facts[1])
    return filed
