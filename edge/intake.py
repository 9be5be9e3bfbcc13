"""Where drivers hand in their readings: counted and dated here, then led past what came before, and to screening."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.catalogue import Catalogue
from edge.clocks import believed
from edge.driver import Plan, Sink
from edge.once import Once
from edge.screening.screening import Screen
from telemetry.batch import Batch


class Intake:
    """The first of the sinks. Readings: `taken` from drivers, `disbelieved` with a time that could not be."""

    def __init__(self, screen: Screen, catalogue: Catalogue, steady_s: Callable[[], float] = time.monotonic) -> None:
        self.taken = 0
        self.disbelieved = 0
        self.heard_s: dict[str, float] = {}  # when a reading of each point last came, by a clock that nobody sets
        self.onces: dict[str, Once] = {}  # by device; kept when a device starts again
        self._screen, self._catalogue, self._steady_s = screen, catalogue, steady_s

    @property
    def repeated(self) -> int:
        """Readings that a protocol delivered again."""
        return sum(once.repeated for once in self.onces.values())

    def sink_of(self, device: str, plan: Callable[[], Plan]) -> Sink:
        """The sink of a device; `plan` tells the one that it follows at the moment."""
        once = self.onces.get(device)
        onward = self._screen.sink if once is None else once.sink

        async def sink(batch: Batch) -> None:
            """Returns when what goes on of the batch is on disk."""
            if not len(batch):
                return
            self.taken += len(batch)
            self.heard_s.update(dict.fromkeys(batch.points, self._steady_s()))
            if not self._catalogue.entries.keys() >= set(batch.points):
                self._catalogue.learn(device, batch.points, plan())
            dated = believed(batch)
            self.disbelieved += len(dated.claimed_us) - len(batch.claimed_us)
            await onward(dated)

        return sink

    async def own(self, batch: Batch) -> None:
        """What the edge says itself: no device dated it, and nobody delivers it again."""
        self.taken += len(batch)
        await self._screen.sink(batch)

    def forget(self, point: str) -> None:
        """A point is read no longer."""
        self.heard_s.pop(point, None)
