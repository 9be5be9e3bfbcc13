"""Pure: a point's readings and segments in, episodes out; stored and found episodes in, what to write out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mes.quality.episodes import only_grows
from mes.quality.model import Episode, Judged
from mes.watch.segments import Held, Segment
from models import limits
from models.columns import Columns
from models.interval import Interval
from telemetry.clock import from_us, to_us


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new evaluation changes in the episodes stored of one point."""

    withdrawn: tuple[Episode, ...] = ()
    changed: tuple[tuple[Episode, Judged], ...] = ()
    grown: tuple[tuple[Episode, Judged], ...] = ()  # their numbers only
    fresh: tuple[Judged, ...] = ()
    kept: tuple[Episode, ...] = ()  # as they were

    @property
    def is_news(self) -> bool:
        """More than that what is open goes on."""
        return bool(self.withdrawn or self.changed or self.fresh)

    def __bool__(self) -> bool:
        return bool(self.is_news or self.grown)


def judge(
    readings: Columns, segments: Iterable[Segment], until_us: int, windows: Sequence[Interval] = ()
) -> list[Judged]:
    """Episodes of every segment, each over its own time, as known at `until_us`. `windows` lengthen delays.

    An episode that is open when its segment ends, ends with it: the next one judges what comes.
    """
    return [found for segment in segments for found in _judge(readings, segment, until_us, windows)]


def _judge(readings: Columns, segment: Segment, until_us: int, windows: Sequence[Interval]) -> Iterator[Judged]:
    rows = (readings.time_us >= segment.start_us) & (readings.time_us < segment.end_us)
    if not rows.any():
        return
    time, value, quality = readings.time_us[rows], readings.value[rows], readings.quality[rows]
    over_us = segment.end_us if segment.end_us <= until_us else None
    for held in segment.held:
        for episode in limits.evaluate(
            time, value, quality, held.limit, until_us=min(until_us, segment.end_us), windows=windows
        ):
            yield _judged(segment, held, episode, over_us)


def _judged(segment: Segment, held: Held, episode: limits.Episode, over_us: int | None) -> Judged:
    end_us = episode.end_us if episode.end_us is not None else over_us
    raised_us = episode.raised_us
    if _is_doubtful(episode) or (raised_us is not None and end_us is not None and raised_us >= end_us):
        raised_us = None
    return Judged(
        rule_id=segment.rule_id,
        zone_id=segment.zone_id,
        level=held.level,
        side=episode.side,
        limit_value=held.said(episode.side),
        counted_by=held.counted_by,
        started_at=from_us(episode.start_us),
        ended_at=None if end_us is None else from_us(end_us),
        raised_at=None if raised_us is None else from_us(raised_us),
        peak=episode.peak,
        peak_at=from_us(episode.peak_us),
        known_s=episode.known_s,
        unknown_s=episode.unknown_s,
    )


def _is_doubtful(episode: limits.Episode) -> bool:
    """One reading alone, of uncertain quality, is a record and calls nobody: a second one tells what it was."""
    return episode.readings == 1 and episode.uncertain == 1


def as_signed(stored: Iterable[Episode], found: Iterable[Judged], last_us: int) -> list[Judged]:
    """Found episodes, with ends that QA has signed for lost probes: they stand while no reading says more than then."""
    ended = {(e.judged.series, e.started_at): e for e in stored if e.end_reason is not None}
    return [_as_signed(ended.get((each.series, each.started_at)), each, last_us) for each in found]


def _as_signed(signed: Episode | None, found: Judged, last_us: int) -> Judged:
    if signed is None or signed.ended_at is None or found.ended_at is not None:
        return found
    says_more = last_us >= to_us(signed.ended_at) or found.known_s != signed.known_s
    return found if says_more else replace(found, ended_at=signed.ended_at, unknown_s=signed.unknown_s)


def compare(stored: Sequence[Episode], found: Sequence[Judged]) -> Difference:
    """Which stored episode each found one is. The same start is the same episode, else an overlap in the same series.

    What was raised stays raised: where readings now show that it was not to be, the row is withdrawn and a new one
    tells what was. Of the answer, withdrawals are to be written first, then changes, then what is fresh.
    """
    by_series: dict[tuple[object, ...], list[Judged]] = defaultdict(list)
    for each in found:
        by_series[each.series].append(each)
    pairs: list[tuple[Episode, Judged]] = []
    withdrawn: list[Episode] = []
    for of_same in _grouped(stored).values():
        matched, gone = _match(of_same, by_series[of_same[0].judged.series])
        pairs += matched
        withdrawn += gone
    changed = [(old, new) for old, new in pairs if old.judged != new]
    return Difference(
        withdrawn=tuple(withdrawn),
        changed=tuple((old, new) for old, new in changed if not only_grows(old, new)),
        grown=tuple((old, new) for old, new in changed if only_grows(old, new)),
        fresh=tuple(new for rest in by_series.values() for new in rest),
        kept=tuple(old for old, new in pairs if old.judged == new),
    )


def _grouped(stored: Sequence[Episode]) -> dict[object, list[Episode]]:
    groups: dict[object, list[Episode]] = defaultdict(list)
    for each in stored:
        groups[each.judged.series].append(each)
    return groups


def _match(stored: list[Episode], rest: list[Judged]) -> tuple[list[tuple[Episode, Judged]], list[Episode]]:
    """Pairs, and stored ones that match nothing; what is found for none stays in `rest`."""
    pairs, unmatched, gone = [], [], []
    for old in stored:
        same = next((new for new in rest if new.started_at == old.started_at and _may_be(old, new)), None)
        if same is None:
            unmatched.append(old)
        else:
            pairs.append((old, same))
            rest.remove(same)
    for old in sorted(unmatched, key=lambda e: (e.raised_at is None, e.started_at)):
        same = next((new for new in rest if _overlap(old, new) and _may_be(old, new)), None)
        if same is None:
            gone.append(old)
        else:
            pairs.append((old, same))
            rest.remove(same)
    return pairs, gone


def _may_be(old: Episode, new: Judged) -> bool:
    return old.raised_at is None or new.raised_at is not None


def _overlap(old: Episode, new: Judged) -> bool:
    starts_in_time = new.ended_at is None or old.started_at < new.ended_at
    return starts_in_time and (old.ended_at is None or new.started_at < old.ended_at)
