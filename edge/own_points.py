"""What the edge says about itself, as points like all others: `<site>/edges/<edge>/<measure>`. See edge/README.md.

What is not known (an offset that was never measured, a certificate that does not exist) is no reading, and not zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edge.driver import DriverHealth, Link
from edge.state import EdgeState
from telemetry.batch import Batch, BatchBuilder
from telemetry.point import EDGES_AREA
from telemetry.quality import Quality

LINK: Mapping[Link, int] = {Link.CONNECTED: 2, Link.DEGRADED: 1, Link.LOST: 0, Link.CONNECTING: 0}


def own_readings(state: EdgeState) -> Batch:
    """The edge's state as readings of its moment."""
    builder = BatchBuilder()
    for measure, value in measures(state):
        if value is not None:
            name = f"{state.site}/{EDGES_AREA}/{state.edge}/{measure}"
            builder.add(name, state.at_us, state.at_us, float(value), Quality.GOOD)
    return builder.take()


def measures(state: EdgeState) -> Iterator[tuple[str, float | None]]:
    """Each measure and its value; None: not known."""
    buffer, fates = state.buffer, state.fates
    yield "backlog", buffer.blocks
    yield "backlog-bytes", buffer.bytes
    yield "backlog-age", state.backlog_age_s
    yield "dropped", buffer.dropped
    for lane, n in buffer.dropped_by_lane.items():
        yield f"dropped-{lane}", n
    yield "gaps", buffer.gaps
    yield from (("taken", fates.taken), ("stored", fates.stored), ("screened", fates.screened))
    yield from (("repeated", fates.repeated), ("disbelieved", fates.disbelieved), ("stale", len(state.stale)))
    yield "failed-writes", state.failed_writes
    if state.fsync_s is not None:
        yield from zip(("fsync-p50", "fsync-p99"), state.fsync_s, strict=True)
    yield from (("clock-offset", state.uplink.clock_offset_s), ("clock-step", state.clock_step_s))
    yield "certificate-days", state.certificate_days
    yield from (("config-version", state.config.version), ("reload-failures", state.config.refused))
    yield from (("cpu", state.cpu_s), ("memory", state.rss_bytes))
    for name, health in state.devices.items():
        yield from _of_device(name, health)


def _of_device(name: str, health: DriverHealth) -> Iterator[tuple[str, float | None]]:
    yield f"link-{name}", LINK[health.link]
    yield f"round-trip-{name}", health.round_trip_s
    yield f"planned-{name}", health.requests_planned
    yield f"requests-{name}", health.requests_done
    yield f"gaps-{name}", health.gaps
