"""Pure: a point's readings and rule versions in, episodes out; stored and found episodes in, what to write out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mes.plant.model import RuleVersion
from mes.quality.model import Episode, Judged, Level
from models import limits
from models.columns import Columns
from telemetry.clock import from_us, to_us

FOREVER_US = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new evaluation changes in the episodes stored of one point."""

    withdrawn: tuple[Episode, ...] = ()
    changed: tuple[tuple[Episode, Judged], ...] = ()
    fresh: tuple[Judged, ...] = ()
    kept: tuple[Episode, ...] = ()  # as they were

    def __bool__(self) -> bool:
        return bool(self.withdrawn or self.changed or self.fresh)


def judge(readings: Columns, rules: Iterable[RuleVersion], until_us: int) -> list[Judged]:
    """Episodes by every version of the limits, each over the time in which it is in force, as known at `until_us`.

    An episode that is open when its version ends, ends with it: the next version judges what comes.
    """
    return [found for rule in rules for found in _judge(readings, rule, until_us)]


def _judge(readings: Columns, rule: RuleVersion, until_us: int) -> Iterator[Judged]:
    begin_us = to_us(rule.effective_from)
    end_us = to_us(rule.effective_to) if rule.effective_to else FOREVER_US
    rows = (readings.time_us >= begin_us) & (readings.time_us < end_us)
    if not rows.any():
        return
    time, value, quality = readings.time_us[rows], readings.value[rows], readings.quality[rows]
    for level, limit in rule.levels().items():
        for episode in limits.evaluate(time, value, quality, limit, until_us=min(until_us, end_us)):
            yield _judged(rule.id, Level(level), episode, end_us if end_us <= until_us else None)


def _judged(rule_id: int, level: Level, episode: limits.Episode, rule_ended_us: int | None) -> Judged:
    end_us = episode.end_us if episode.end_us is not None else rule_ended_us
    raised_us = episode.raised_us
    if raised_us is not None and end_us is not None and raised_us >= end_us:
        raised_us = None
    return Judged(
        rule_id=rule_id,
        level=level,
        side=episode.side,
        started_at=from_us(episode.start_us),
        ended_at=None if end_us is None else from_us(end_us),
        raised_at=None if raised_us is None else from_us(raised_us),
        peak=episode.peak,
        peak_at=from_us(episode.peak_us),
        known_s=episode.known_s,
        unknown_s=episode.unknown_s,
    )


def compare(stored: Sequence[Episode], found: Sequence[Judged]) -> Difference:
    """Which stored episode each found one is. The same start is the same episode, else an overlap in the same series.

    What was raised stays raised: where readings now show that it was not to be, the row is withdrawn and a new one
    tells what was. Of the answer, withdrawals are to be written first, then changes, then what is fresh.
    """
    by_series: dict[object, list[Judged]] = defaultdict(list)
    for each in found:
        by_series[each.series].append(each)
    pairs: list[tuple[Episode, Judged]] = []
    withdrawn: list[Episode] = []
    for of_same in _grouped(stored).values():
        matched, gone = _match(of_same, by_series[of_same[0].judged.series])
        pairs += matched
        withdrawn += gone
    return Difference(
        withdrawn=tuple(withdrawn),
        changed=tuple((old, new) for old, new in pairs if old.judged != new),
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


def split(point: npt.NDArray[np.int32], readings: Columns) -> dict[int, Columns]:
    """Columns ordered by point, as columns by point."""
    ids, starts = np.unique(point, return_index=True)
    ends = [*starts[1:], len(point)][: len(ids)]
    return {
        int(id_): Columns(readings.time_us[a:b], readings.value[a:b], readings.quality[a:b])
        for id_, a, b in zip(ids, starts, ends, strict=True)
    }
