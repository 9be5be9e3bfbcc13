"""What a config leads to, without connecting: requests and subscriptions with their reasons, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from edge.config import EdgeConfig
from edge.devices import Running
from edge.strict import DeviceConfig, Group
from telemetry.clock import Clock

READING_BYTES = 9
"""Of a reading on the wire and in the buffer, with its time and quality, packed with its neighbours."""
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class DeviceOutlook:
    """One device."""

    name: str
    driver: str
    points: int
    plan: str  # for people
    facts: tuple[Mapping[str, Any], ...]  # an object for each request or subscription
    values_per_s: float  # read, at most
    least_per_s: float  # sent, when nothing moves: what is screened comes by its heartbeat only

    @property
    def requests(self) -> int:
        """Requests or subscriptions of a round."""
        return len(self.facts)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A whole edge."""

    edge: str
    devices: tuple[DeviceOutlook, ...]
    max_bytes: int
    max_days: float

    @property
    def requests(self) -> int:
        """Requests or subscriptions of a round of all devices."""
        return sum(device.requests for device in self.devices)

    @property
    def values_per_s(self) -> float:
        """Readings a second at most."""
        return sum(device.values_per_s for device in self.devices)

    @property
    def least_per_s(self) -> float:
        """Readings a second that are sent when nothing moves."""
        return sum(device.least_per_s for device in self.devices)

    @property
    def bytes_per_day(self) -> float:
        """When all that is read is sent."""
        return self.values_per_s * READING_BYTES * _DAY_S

    @property
    def buffer_days(self) -> float:
        """How long an outage may last before something is given up, by size or by age."""
        return min(self.max_days, self.max_bytes / self.bytes_per_day) if self.bytes_per_day else self.max_days


def outlook(config: EdgeConfig, clock: Clock) -> Outlook:
    """What this config leads to. Pure: nothing is connected, nothing is opened."""
    devices = tuple(_device(device, config.groups, clock) for device in config.devices)
    return Outlook(config.edge, devices, int(config.buffer.max_mb * 1_000_000), config.buffer.max_days)


def told(found: Outlook) -> dict[str, Any]:
    """As JSON."""
    return {
        "edge": found.edge,
        "devices": [
            {
                "name": device.name,
                "driver": device.driver,
                "points": device.points,
                "requests": device.requests,
                "values_per_s": round(device.values_per_s, 3),
                "least_per_s": round(device.least_per_s, 3),
                "plan": [dict(fact) for fact in device.facts],
            }
            for device in found.devices
        ],
        "totals": {
            "points": sum(device.points for device in found.devices),
            "requests": found.requests,
            "values_per_s": round(found.values_per_s, 3),
            "least_per_s": round(found.least_per_s, 3),
            "bytes_per_day": round(found.bytes_per_day),
            "buffer_days": round(found.buffer_days, 2),
        },
    }


def _device(device: DeviceConfig, groups: Mapping[str, Group], clock: Clock) -> DeviceOutlook:
    plan = Running(device, groups, clock).plan
    rates = list(_rates(device, groups))
    return DeviceOutlook(
        device.name,
        device.driver,
        len(device.points),
        str(plan),
        tuple(plan.facts()),
        sum(read for read, _ in rates),
        sum(least for _, least in rates),
    )


def _rates(device: DeviceConfig, groups: Mapping[str, Group]) -> Iterator[tuple[float, float]]:
    """Of each point: readings a second that are read, and sent when nothing moves."""
    for point in device.points:
        group = groups[point.group]
        screening = point.rule(group).screening
        rarest_s = group.period_s if screening.mode == "raw" else max(group.period_s, screening.max_interval_s)
        yield 1 / group.period_s, 1 / rarest_s
