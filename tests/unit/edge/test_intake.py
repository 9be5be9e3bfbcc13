"""Where readings come in: counted, dated, taken once, and points that no config names find their group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.catalogue import Catalogue
from edge.config import BufferConfig, EdgeConfig
from edge.drivers.mqtt.config import MqttDevice
from edge.intake import Intake
from edge.once import Once
from edge.screening.screening import Screen
from edge.strict import Group
from edge.uplink.config import UplinkConfig
from telemetry.batch import Batch, Reading, batch_of
from telemetry.quality import Quality

T0, S = 1_768_440_000_000_000, 1_000_000
KNOWN, FOUND = "hainan/fleet/truck-1/air-1", "hainan/fleet/truck-9/air-1"
GROUPS = {
    "trucks": Group.model_validate(
        {"period_s": 30, "class": "cold-chain", "screening": {"mode": "deadband", "absolute": 0.5}}
    ),
    "yard": Group.model_validate({"period_s": 300, "class": "bulk"}),
}


def a_config(folder: Path = Path("var"), groups: Mapping[str, Group] | None = None) -> EdgeConfig:
    point = {"point": KNOWN, "topic": "trucks/1", "group": "trucks", "screening": {"mode": "raw"}}
    told = {"name": "broker", "driver": "mqtt", "host": "127.0.0.1", "client_id": "edge", "points": [point]}
    device = MqttDevice.model_validate(told)
    uplink, buffer = UplinkConfig(url="nats://127.0.0.1:1"), BufferConfig(folder=folder)
    return EdgeConfig("edge-fleet", "hainan", uplink, buffer, GROUPS if groups is None else groups, (device,))


@dataclass
class Pattern:
    """A plan that leads to the air of any truck."""

    addresses: Mapping[str, str] = field(default_factory=dict)

    def facts(self) -> list[dict[str, Any]]:
        return []

    def group_of(self, point: str) -> str | None:
        return "trucks" if point.startswith("hainan/fleet/truck-") else None


class Scene:
    """An intake with what is behind it, up to a notebook."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.steady_s = 0.0
        self.catalogue = Catalogue(a_config())
        self.screen = Screen(self.note, self.catalogue.rule_of)
        self.intake = Intake(self.screen, self.catalogue, lambda: self.steady_s)

    async def note(self, batch: Batch) -> None:
        self.readings.extend(batch)


def air(second: float, value: float, point: str = KNOWN, ahead_s: float = 0) -> Reading:
    us = T0 + round(second * S)
    return Reading(point, us + round(ahead_s * S), us, value, Quality.GOOD)


async def test_a_time_that_is_not_believed_is_replaced_and_counted() -> None:
    scene = Scene()
    await scene.intake.sink_of("broker", Pattern)(batch_of([air(0, 5.0, ahead_s=60), air(1, 5.0)]))
    assert [(r.device_us, r.quality) for r in scene.readings] == [
        (T0, Quality.UNCERTAIN_TIME),
        (T0 + S, Quality.GOOD),
    ]
    assert (scene.intake.taken, scene.intake.disbelieved) == (2, 1)


async def test_a_point_that_appears_at_run_time_is_treated_as_its_group_is() -> None:
    scene = Scene()
    sink = scene.intake.sink_of("broker", Pattern)
    for second in range(3):
        await sink(batch_of([air(second, 5.0), air(second, 5.0, FOUND), air(second, 5.0, "hainan/a/b/c")]))
    assert scene.catalogue.lanes == {KNOWN: "cold-chain", FOUND: "cold-chain"}
    assert [r.point for r in scene.readings].count(KNOWN) == 3  # raw by its own word
    assert [r.point for r in scene.readings].count(FOUND) == 1  # the group's deadband
    assert [r.point for r in scene.readings].count("hainan/a/b/c") == 3  # nobody knows it: all goes on
    scene.catalogue.change(a_config(groups={"trucks": GROUPS["yard"]}))
    assert scene.catalogue.lanes == {KNOWN: "bulk", FOUND: "bulk"}
    scene.catalogue.forget([FOUND])
    assert scene.catalogue.lanes == {KNOWN: "bulk"}


async def test_every_reading_is_counted_by_its_fate() -> None:
    scene = Scene()
    scene.intake.onces["broker"] = Once(scene.screen.sink)
    sink = scene.intake.sink_of("broker", Pattern)
    for second, value in enumerate((5.0, 5.1, 5.2, 9.0, 9.1)):
        await sink(batch_of([air(second, value, FOUND), air(second, value)]))
        await sink(batch_of([air(second, value)]))  # the broker sends it again
    fates = (len(scene.readings), scene.screen.screened, scene.intake.repeated, scene.screen.held)
    assert fates == (7, 2, 5, 1)
    assert scene.intake.taken == sum(fates) == 15


async def test_a_point_is_stale_after_three_periods_or_three_heartbeats_whichever_is_longer() -> None:
    scene = Scene()
    sink = scene.intake.sink_of("broker", Pattern)
    scene.steady_s = 100.0
    await sink(batch_of([air(0, 5.0, FOUND)]))
    heard = scene.intake.heard_s
    assert scene.catalogue.stale(heard, 0.0, 180.0) == ()
    assert scene.catalogue.stale(heard, 0.0, 180.1) == (KNOWN,)  # 3 x 60 s since the start
    assert scene.catalogue.stale(heard, 0.0, 280.1) == (KNOWN, FOUND)
    scene.catalogue.change(a_config(groups={"trucks": GROUPS["yard"]}))
    assert scene.catalogue.stale(heard, 0.0, 900.0) == ()  # 3 x 300 s


async def test_what_the_edge_says_of_itself_is_told_when_it_changes_and_once_a_minute() -> None:
    scene = Scene()
    own = "hainan/edges/edge-fleet/backlog"
    for second in range(0, 130, 5):
        await scene.intake.own(batch_of([air(second, 3.0 if second < 80 else 4.0, own)]))
    assert [(r.received_us - T0) // S for r in scene.readings] == [0, 60, 80]
    assert scene.intake.taken == 26 == len(scene.readings) + scene.screen.screened + scene.screen.held
