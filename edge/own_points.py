"""What the edge says about itself, as points like all others: `<site>/edges/<edge>/<measure>`.

backlog         blocks that wait until the database has them (1)
backlog-age     seconds since the oldest of them was received (s)
dropped         readings given up since the epoch began, since the buffer was full or they too old (1)
link-<device>   a device's connection: 2 connected, 1 degraded, 0 lost or not reached yet (1)
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.buffer import BufferStats
from edge.driver import DriverHealth, Link
from telemetry.batch import Batch, BatchBuilder
from telemetry.point import EDGES_AREA
from telemetry.quality import Quality

_LINK = {Link.CONNECTED: 2, Link.DEGRADED: 1, Link.LOST: 0, Link.CONNECTING: 0}


def own_readings(site: str, edge: str, buffer: BufferStats, devices: Mapping[str, DriverHealth], now_us: int) -> Batch:
    """The edge's state as readings of this moment."""
    age_s = 0.0 if buffer.oldest_us is None else max(0.0, (now_us - buffer.oldest_us) / 1_000_000)
    measures = {"backlog": float(buffer.blocks), "backlog-age": age_s, "dropped": float(buffer.dropped)}
    measures.update({f"link-{name}": float(_LINK[health.link]) for name, health in devices.items()})
    builder = BatchBuilder()
    for measure, value in measures.items():
        builder.add(f"{site}/{EDGES_AREA}/{edge}/{measure}", now_us, now_us, value, Quality.GOOD)
    return builder.take()
