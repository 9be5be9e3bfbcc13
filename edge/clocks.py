"""Which times are believed: those of devices, and the edge's own when its clock is set.

A device is believed from 30 days before to 5 seconds after its reading was received. Any other time is replaced by the
time of receipt, the quality says so, and what the device claimed is kept. A step of the edge's own clock is seen by
comparing it with one that nobody sets.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable

from telemetry.batch import Batch
from telemetry.clock import Clock, to_us
from telemetry.quality import Quality, is_bad

OLDEST_US = 30 * 86_400 * 1_000_000
"""A device that was cut off may deliver what it kept for 30 days."""
NEWEST_US = 5 * 1_000_000
"""A device's clock may be this far ahead of the edge's."""
STEP_S = 1.0
"""More than any slewing between two looks: somebody set the clock, or the machine slept."""
OFFSET_S = 2.0
"""An edge whose clock is further from the gateway's than this is flagged."""


def is_believed(device_us: int, received_us: int) -> bool:
    """Whether a device's time is plausible for the moment of receipt."""
    return -OLDEST_US <= device_us - received_us <= NEWEST_US


def believed(batch: Batch) -> Batch:
    """The same batch with times that can be relied upon; readings keep their order and number.

    A reading whose time is not believed gets its time of receipt and quality UNCERTAIN_TIME, unless it is bad anyway;
    the time that its device claimed stays in `claimed_us`.
    """
    if batch.device_us == batch.received_us or _all_believed(batch):
        return batch
    claimed_us = dict(batch.claimed_us)
    device_us, quality = array("q", batch.device_us), array("B", batch.quality)
    for i, (device, received) in enumerate(zip(batch.device_us, batch.received_us, strict=True)):
        if not is_believed(device, received):
            claimed_us[i], device_us[i] = device, received
            if not is_bad(quality[i]):
                quality[i] = Quality.UNCERTAIN_TIME
    columns = (batch.point, device_us, batch.received_us, batch.value, quality)
    return Batch(batch.points, *columns, claimed_us, batch.status)


def _all_believed(batch: Batch) -> bool:
    """Whether the outermost times say so already; readings of one batch are received together."""
    latest = max(batch.device_us) - min(batch.received_us)
    return latest <= NEWEST_US and min(batch.device_us) - max(batch.received_us) >= -OLDEST_US


class StepWatch:
    """Sees when the edge's clock is set. After that its time is in doubt until the gateway has confirmed it."""

    def __init__(self, clock: Clock, steady_s: Callable[[], float] = time.monotonic) -> None:
        self.steps = 0
        self.in_doubt = False
        self._void_s: float | None = None  # an offset that was measured before the last step
        self._clock, self._steady_s = clock, steady_s
        self._ahead_us = self._ahead()

    def look(self, offset_s: float | None = None) -> float:
        """Seconds that the clock was set since the last look, forward or back; 0 when it was not. Counted.

        `offset_s`: how far it was from the gateway's when that was last measured; what was measured before a step
        says nothing about the clock after it.
        """
        ahead_us = self._ahead()
        step_s = (ahead_us - self._ahead_us) / 1_000_000
        self._ahead_us = ahead_us
        if abs(step_s) >= STEP_S:
            self.steps += 1
            self.in_doubt, self._void_s = True, offset_s
            return step_s
        if offset_s is not None and offset_s != self._void_s and abs(offset_s) <= OFFSET_S:
            self.in_doubt = False
        return 0.0

    def _ahead(self) -> int:
        return to_us(self._clock.now()) - round(self._steady_s() * 1_000_000)
