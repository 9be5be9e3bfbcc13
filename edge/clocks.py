"""Which times of devices are believed: those from 30 days before to 5 seconds after they were received.

Any other is replaced by the time of receipt, and the quality says so.
"""

from __future__ import annotations

from array import array

from telemetry.batch import Batch
from telemetry.quality import Quality, is_bad

OLDEST_US = 30 * 86_400 * 1_000_000
"""A device that was cut off may deliver what it kept for 30 days."""
NEWEST_US = 5 * 1_000_000
"""A device's clock may be this far ahead of the edge's."""


def is_believed(device_us: int, received_us: int) -> bool:
    """Whether a device's time is plausible for the moment of receipt."""
    return -OLDEST_US <= device_us - received_us <= NEWEST_US


def believed(batch: Batch) -> Batch:
    """The same batch with times that can be relied upon; readings keep their order and number.

    A reading whose time is not believed gets its time of receipt and quality UNCERTAIN_TIME, unless it is bad anyway.
    """
    pairs = list(zip(batch.device_us, batch.received_us, strict=True))
    if all(is_believed(device, received) for device, received in pairs):
        return batch
    device_us = array("q", (d if is_believed(d, r) else r for d, r in pairs))
    judged = zip(pairs, batch.quality, strict=True)
    quality = array("B", (q if is_bad(q) or is_believed(*pair) else Quality.UNCERTAIN_TIME for pair, q in judged))
    return Batch(batch.points, batch.point, device_us, batch.received_us, batch.value, quality)
