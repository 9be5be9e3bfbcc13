"""What the measurements should reach, and whether they do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure that may be at most, or must be at least, so much."""

    measure: str
    figure: str
    means: str  # for people, with its unit
    at_most: float | None = None
    at_least: float | None = None

    def judge(self, value: float | None) -> dict[str, Any]:
        """The figure, its aim in words, and whether it holds; a figure that could not be had holds nothing."""
        low, high = self.at_least, self.at_most
        words = f"at most {high:g}" if high is not None else f"at least {low:g}"
        holds = value is not None and (high is None or value <= high) and (low is None or value >= low)
        told = {"figure": f"{self.measure}.{self.figure}", "means": self.means}
        return {**told, "value": value, "aim": words, "holds": holds}


AIMS = (
    Aim("evaluator", "readings_per_s", "readings of 1,000 points judged by two levels a second", at_least=5_000_000),
    Aim("evaluator", "all_out_readings_per_s", "the same with every point out at times", at_least=5_000_000),
    Aim("opcua", "cpu_us_per_value", "OPC UA: the edge's CPU µs a value, buffer and uplink included", at_most=10),
    Aim("modbus", "cpu_us_per_value", "Modbus TCP: the edge's CPU µs a value", at_most=25),
    Aim("mqtt", "cpu_us_per_value", "MQTT, ten values a record: the edge's CPU µs a value", at_most=25),
    Aim("opcua", "idle_cpu_percent", "idle edge with 1,000 OPC UA items: % of a core", at_most=1),
    Aim("opcua", "rss_mb", "memory of an edge with 1,000 points: MB", at_most=80),
    Aim("opcua", "bytes_per_reading", "bytes a reading on the wire, time and quality included", at_most=9),
    Aim("starting", "subscribed_s", "seconds from connecting to the first value of each of 5,000 items", at_most=5),
    Aim("starting", "first_stored_s", "seconds from an edge's start to its first committed reading", at_most=10),
    Aim("planned", "requests", "requests for 1,000 contiguous Modbus registers", at_most=8),
    Aim("store", "ingest_to_copy_ratio", "ingest by one gateway against raw binary COPY in the same run", at_least=0.8),
    Aim("latency", "p99_s", "seconds from a device's time out of limits to the committed episode, p99", at_most=3),
    Aim("latency", "missing", "steps out of limits without an episode", at_most=0),
    Aim("watch", "cpu_percent", "the watch, 10,000 points at 1 Hz, all records written: % of a core", at_most=20),
    Aim("watch", "p99_s", "seconds to the committed episode with 10,000 points at 1 Hz, p99", at_most=1),
    Aim("watch", "missing", "steps out of limits of 10,000 points without an episode", at_most=0),
    Aim("report", "whole_s", "a room's report over 90 days, from the store to the kept PDF: seconds", at_most=3),
    Aim("trace", "forward_s", "everything made of a raw lot, through 10,000 edges: seconds", at_most=0.5),
    Aim("trace", "backward_s", "everything that a lot was made of: seconds", at_most=0.5),
    Aim("review", "opened_s", "a batch record of 500 steps opened for its review: seconds", at_most=0.5),
    Aim("scans", "p99_ms", "50 operators who scan at once: ms from the scan to the answer, p99", at_most=200),
    Aim("scans", "failed", "scans that were neither done nor refused with a reason", at_most=0),
    Aim("scans", "differences", "places whose stock is not the sum of the ledger after all scans", at_most=0),
    Aim("health", "tick_ms", "10,000 machines x 8 signals, all of machine health: ms of one core a tick", at_most=10),
    Aim("large", "ingest_x100_to_empty_cost", "ingest at 100 million readings against an empty table", at_most=2),
    Aim("large", "last_1000_p99_ms", "last values of 1,000 points at 100 million readings: ms, p99", at_most=100),
    Aim("large", "trend_1d_4_p99_ms", "a day of four points at 100 million readings: ms, p99", at_most=100),
    Aim("large", "trend_28d_4_p99_ms", "four weeks of four points at 100 million readings: ms, p99", at_most=150),
)


def judged(figures: Mapping[str, Mapping[str, Any]], aims: Iterable[Aim] = AIMS) -> list[dict[str, Any]]:
    """The aims of all measures that were made, judged."""
    return [aim.judge(figures[aim.measure].get(aim.figure)) for aim in aims if aim.measure in figures]
