"""What an edge says of itself: one state, told as points, as metrics and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from edge.buffer.stats import BufferStats
from edge.driver import DriverHealth, Link
from edge.metrics import Metrics
from edge.own_points import own_readings
from edge.state import ConfigState, EdgeState, Fates, told
from edge.uplink.stats import UplinkStats
from telemetry.clock import from_us
from telemetry.point import is_point_name

NOW = 1_768_440_000_000_000
LONGEST = "p" * 48
OWN = "hainan/edges/edge-line/"


def a_device(**changes: Any) -> DriverHealth:
    plain = DriverHealth(Link.CONNECTED, "", from_us(NOW), 0.004, {}, 8, 4000, from_us(NOW) + timedelta(days=90))
    return replace(plain, **changes)


def a_state(**changes: Any) -> EdgeState:
    plain = EdgeState(
        site="hainan",
        edge="edge-line",
        at_us=NOW,
        config=ConfigState("0123456789ab", 7, 2, 1, ""),
        fates=Fates(1000, 700, 200, 50, 30, 4),
        buffer=BufferStats(1, 9, 3, 400, 12_000, NOW - 2_500_000, 11, {"bulk": 11}, 2, 0.004, 0.03),
        disk_reason="",
        failed_writes=0,
        uplink=UplinkStats(connected=True, sent=9),
        devices={LONGEST: a_device(), "plc": a_device(link=Link.DEGRADED, round_trip_s=None, certificate_until=None)},
        stale=("hainan/a/b/c",),
        clock_steps=1,
        clock_step_s=-3600.0,
        clock_in_doubt=True,
        certificate_until=from_us(NOW) + timedelta(days=30),
        cpu_s=12.5,
        rss_bytes=60_000_000,
    )
    return replace(plain, **changes)


def points(state: EdgeState) -> dict[str, float]:
    return {reading.point.removeprefix(OWN): reading.value for reading in own_readings(state)}


def samples(state: EdgeState) -> dict[tuple[str, ...], float]:
    metrics = Metrics()
    metrics.state = state
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_points_tell_the_state_and_each_has_a_points_name_however_long_a_devices_is() -> None:
    found = points(a_state())
    assert (found["backlog"], found["backlog-bytes"], found["backlog-age"], found["dropped"]) == (3, 12_000, 2.5, 11)
    assert (found["taken"], found["stored"], found["screened"], found["repeated"]) == (1000, 700, 200, 50)
    assert (found["stale"], found["clock-step"], found["config-version"], found["reload-failures"]) == (1, -3600, 7, 1)
    assert (found["link-plc"], found[f"link-{LONGEST}"], found[f"round-trip-{LONGEST}"]) == (1, 2, 0.004)
    assert (found["dropped-bulk"], found["gaps"], found["fsync-p99"]) == (11, 2, 0.03)
    assert found["certificate-days"] == 30  # the first of all
    soon = UplinkStats(certificate_until=from_us(NOW) + timedelta(days=3), clock_offset_s=0.25)
    assert points(a_state(uplink=soon))["certificate-days"] == 3
    assert points(a_state(uplink=soon))["clock-offset"] == 0.25
    assert all(is_point_name(name) for name in own_readings(a_state()).points)


def test_what_is_not_known_is_no_reading_and_no_metric() -> None:
    state = a_state(config=ConfigState("0123456789ab", None, 0, 0, ""), certificate_until=None, devices={})
    assert {"config-version", "certificate-days", "clock-offset"}.isdisjoint(points(state))
    assert not any("certificate" in name or "offset" in name for name, *_ in samples(state))


def test_a_scrape_shows_the_same_state() -> None:
    found = samples(a_state())
    assert found["isotherm_edge_readings_total", "screened"] == 200
    assert found["isotherm_edge_readings_waiting", "in-hand"] == 20
    assert found["isotherm_edge_oldest_unacknowledged_seconds",] == 2.5
    assert found["isotherm_edge_dropped_readings_total", "bulk"] == 11
    assert found["isotherm_edge_commit_seconds", "0.99"] == 0.03
    assert found["isotherm_edge_config", "0123456789ab", "7"] == 1
    assert found["isotherm_edge_device_link", "plc"] == 1
    assert ("isotherm_edge_device_round_trip_seconds", "plc") not in found
    assert found["isotherm_edge_device_requests_total", "plc"] == 4000


def test_before_the_first_state_a_scrape_is_empty_and_no_mistake() -> None:
    assert generate_latest(Metrics().registry) == b""


@pytest.mark.parametrize(
    ("changes", "told_as"),
    [
        ({"disk_reason": "disk full"}, "the disk takes no readings: disk full"),
        ({"uplink": UplinkStats(reason="no route")}, "uplink: no route"),
        ({"config": ConfigState("0" * 12, None, 0, 1, "line 3")}, "a config was refused: line 3"),
        ({"stale": ("a/b/c/d", "a/b/c/e")}, "2 points are stale"),
        ({"devices": {"plc": a_device(reason="unit 3 is silent")}}, "plc: unit 3 is silent"),
        ({"uplink": UplinkStats(clock_offset_s=-2.5)}, "the clock is -2.5 s from the gateway's"),
        ({"clock_in_doubt": True}, "the clock was set, and the gateway has not confirmed it yet"),
    ],
)
def test_the_health_says_in_words_why_not_all_is_well(changes: dict[str, Any], told_as: str) -> None:
    well = a_state(stale=(), clock_in_doubt=False)
    assert told(well)["reasons"] == []
    assert told(replace(well, **changes))["reasons"] == [told_as]
    json.dumps(told(replace(well, **changes)))
