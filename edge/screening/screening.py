"""Screens batches between the clocks and the collector: of each point only what its rule lets go on.

A batch without screened points passes as it is. What is held back is in memory only: its driver goes on, and a killed
edge has lost no more than the end of a line that is at most `max_interval_s` long.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from itertools import repeat

from edge.driver import Sink
from edge.screening.config import Rule
from edge.screening.judge import Judge, Sample
from telemetry.batch import NONE, Batch


class _Judges(dict[str, Judge | None]):
    """The judge of each point that was seen; None where everything goes on."""

    def __init__(self, rule_of: Callable[[str], Rule]) -> None:
        super().__init__()
        self.rule_of = rule_of

    def __missing__(self, name: str) -> Judge | None:
        rule = self.rule_of(name)
        found = self[name] = None if rule.screening.mode == "raw" else Judge(rule)
        return found


class Screen:
    """A sink before the sink. Readings: `taken` came in, `passed` went on."""

    def __init__(self, sink: Sink, rule_of: Callable[[str], Rule]) -> None:
        self.taken = 0
        self.passed = 0
        self._sink = sink
        self._judges = _Judges(rule_of)

    @property
    def held(self) -> int:
        """Readings that may yet go on."""
        return sum(judge is not None and judge.held is not None for judge in self._judges.values())

    @property
    def screened(self) -> int:
        """Readings that will never go on."""
        return self.taken - self.passed - self.held

    async def sink(self, batch: Batch) -> None:
        """Returns when what goes on of the batch is on disk."""
        await self._hand_on(self.screen(batch))

    def screen(self, batch: Batch) -> Batch:
        """What goes on because of a batch, in order."""
        self.taken += len(batch)
        judges = list(map(self._judges.__getitem__, batch.points))
        if not any(judges):
            return self._counted(batch)
        claimed = map(batch.claimed_us.get, range(len(batch))) if batch.claimed_us else repeat(None)
        status = [batch.status.get(i, 0) for i in range(len(batch))] if batch.status else repeat(0)
        columns = (batch.device_us, batch.received_us, batch.value, batch.quality, claimed, status)
        rows: list[tuple[int, Sample]] = []
        for point, sample in zip(batch.point, zip(*columns, strict=False), strict=False):
            judge = judges[point]
            if judge is None:
                rows.append((point, sample))
            elif passing := judge.take(sample):
                rows.extend((point, each) for each in passing)
        return self._counted(_batch(batch.points, rows))

    async def let_go_overdue(self, now_us: int) -> None:
        """Hand on what has been held back for too long by the edge's own clock."""
        await self._let_go(self._judges, lambda judge: judge.overdue(now_us))

    async def change(self) -> None:
        """The rules have changed: who has another one now begins anew, and what must not be lost goes on."""
        of = self._judges.rule_of
        changed = [name for name, judge in self._judges.items() if judge is None or judge.rule != of(name)]
        await self._begin_anew(changed)

    async def begin_anew(self) -> None:
        """All begin anew: the next reading of each point goes on. After a step of the clock, and before the end."""
        await self._begin_anew(list(self._judges))

    async def _begin_anew(self, names: Iterable[str]) -> None:
        ended = {name: self._judges.pop(name) for name in names}
        await self._let_go(ended, Judge.end)

    async def _let_go(self, judges: Mapping[str, Judge | None], what: Callable[[Judge], tuple[Sample, ...]]) -> None:
        names: list[str] = []
        rows: list[tuple[int, Sample]] = []
        for name, judge in judges.items():
            if judge is not None and (going := what(judge)):
                rows.extend((len(names), each) for each in going)
                names.append(name)
        await self._hand_on(self._counted(_batch(tuple(names), rows)))

    async def _hand_on(self, batch: Batch) -> None:
        if len(batch):
            await self._sink(batch)

    def _counted(self, batch: Batch) -> Batch:
        self.passed += len(batch)
        return batch


def _batch(points: tuple[str, ...], rows: list[tuple[int, Sample]]) -> Batch:
    if not rows:
        return Batch(points)
    point, samples = zip(*rows, strict=True)
    device_us, received_us, value, quality, claimed, status = zip(*samples, strict=True)
    columns = (array("H", point), array("q", device_us), array("q", received_us), array("d", value))
    return Batch(
        points,
        *columns,
        array("B", quality),
        {i: us for i, us in enumerate(claimed) if us is not None} or NONE,
        {i: code for i, code in enumerate(status) if code} or NONE,
    )
