"""The edge's state for Prometheus, over HTTP where the config asks for it. A scrape shows the last state that was told.

A registry of its own: what other libraries of the process register is not the edge's to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.driver import DriverHealth
from edge.own_points import LINK
from edge.state import EdgeState
from edge.uplink.config import MetricsConfig
from telemetry.errors import Unavailable

_OF_DEVICES: tuple[tuple[str, str, Callable[[DriverHealth], float | None]], ...] = (
    ("link", "2 connected, 1 degraded, 0 lost or not reached yet.", lambda health: LINK[health.link]),
    ("round_trip_seconds", "How long the last answer took.", lambda health: health.round_trip_s),
    ("requests_planned", "Requests or subscriptions of a round.", lambda health: health.requests_planned),
    ("unreadable_points", "Points that can't be read.", lambda health: len(health.point_reasons)),
)


class PortTaken(Unavailable):
    """The metrics can't be offered at this address."""


class Metrics(Collector):
    """What a scrape finds. `state` is replaced as a whole, so that the server's thread never sees half of one."""

    def __init__(self) -> None:
        self.state: EdgeState | None = None
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)

    def describe(self) -> Iterator[Metric]:
        """Nothing before the first state."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All metrics of the last state."""
        if self.state is not None:
            yield from _readings(self.state)
            yield from _buffer(self.state)
            yield from _clock_and_config(self.state)
            yield from _devices(self.state)


class Offered:
    """Metrics at an address, until closed."""

    def __init__(self, config: MetricsConfig) -> None:
        self.metrics = Metrics()
        try:
            self._server, self._thread = start_http_server(config.port, config.host, self.metrics.registry)
        except OSError as error:
            raise PortTaken(host=config.host, port=config.port, reason=str(error)) from error

    def close(self) -> None:
        """Close the port; blocks until its thread has ended."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _readings(state: EdgeState) -> Iterator[Metric]:
    fates = state.fates
    family = CounterMetricFamily("isotherm_edge_readings", "Readings since the start, by fate.", labels=["fate"])
    for fate in ("taken", "stored", "screened", "repeated", "disbelieved"):
        family.add_metric([fate], getattr(fates, fate))
    yield family
    held = GaugeMetricFamily("isotherm_edge_readings_waiting", "Readings not on disk yet, by why.", labels=["why"])
    held.add_metric(["held-back"], fates.held_back)
    held.add_metric(["in-hand"], fates.in_hand)
    yield held
    yield _gauge("stale_points", "Points without a reading for too long.", len(state.stale))


def _buffer(state: EdgeState) -> Iterator[Metric]:
    buffer, up = state.buffer, state.uplink
    yield _gauge("backlog_blocks", "Blocks that wait until the database has them.", buffer.blocks)
    yield _gauge("backlog_bytes", "Their size.", buffer.bytes)
    yield _gauge("oldest_unacknowledged_seconds", "Age of the oldest of them.", state.backlog_age_s)
    dropped = CounterMetricFamily("isotherm_edge_dropped_readings", "Readings given up.", labels=["class"])
    for lane, n in buffer.dropped_by_lane.items():
        dropped.add_metric([lane], n)
    yield dropped
    yield _counter("gaps", "Ranges of readings given up.", buffer.gaps)
    yield _counter("failed_writes", "Commits that the disk refused.", state.failed_writes)
    if state.fsync_s is not None:
        fsync = GaugeMetricFamily("isotherm_edge_commit_seconds", "What a commit waits.", labels=["quantile"])
        for quantile, seconds in zip(("0.5", "0.99"), state.fsync_s, strict=True):
            fsync.add_metric([quantile], seconds)
        yield fsync
    yield _gauge("uplink_connected", "Whether the plant's stream is reached.", up.connected)
    blocks = CounterMetricFamily("isotherm_edge_blocks", "Blocks, by what happened.", labels=["what"])
    for what, n in (("sent", up.sent), ("sent-again", up.sent_again), ("covered", up.covered), ("refused", up.refused)):
        blocks.add_metric([what], n)
    yield blocks


def _clock_and_config(state: EdgeState) -> Iterator[Metric]:
    if state.uplink.clock_offset_s is not None:
        yield _gauge(
            "clock_offset_seconds", "How far the clock is ahead of the gateway's.", state.uplink.clock_offset_s
        )
        yield _gauge("clock_is_off", "Whether that is more than 2 s.", state.clock_is_off)
    yield _counter("clock_steps", "How often the clock was set.", state.clock_steps)
    if state.certificate_days is not None:
        yield _gauge("certificate_days", "Until the first certificate expires.", state.certificate_days)
    config = state.config
    labels = {"digest": config.digest, "version": "" if config.version is None else str(config.version)}
    running = GaugeMetricFamily("isotherm_edge_config", "The config that runs.", labels=list(labels))
    running.add_metric(list(labels.values()), 1)
    yield running
    yield _counter("reloads", "Configs taken while running.", config.reloads)
    yield _counter("reload_failures", "Configs refused while running.", config.refused)
    yield _counter("cpu_seconds", "Processor time, user and system.", state.cpu_s)
    yield _gauge("resident_memory_bytes", "Resident memory.", state.rss_bytes)


def _devices(state: EdgeState) -> Iterator[Metric]:
    for name, text, value_of in _OF_DEVICES:
        family = GaugeMetricFamily(f"isotherm_edge_device_{name}", text, labels=["device"])
        for device, health in state.devices.items():
            if (value := value_of(health)) is not None:
                family.add_metric([device], value)
        yield family
    done = CounterMetricFamily("isotherm_edge_device_requests", "Requests answered, messages taken.", labels=["device"])
    for device, health in state.devices.items():
        done.add_metric([device], health.requests_done)
    yield done
    gaps = CounterMetricFamily(
        "isotherm_edge_device_gaps", "Times that readings were lost before they came here.", labels=["device"]
    )
    for device, health in state.devices.items():
        gaps.add_metric([device], health.gaps)
    yield gaps


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"isotherm_edge_{name}", text, value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"isotherm_edge_{name}", text, value)
