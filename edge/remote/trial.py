"""Whether an edge that follows another config is as healthy as it was: told from looks at it before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from edge.agent import Agent
from edge.config import EdgeConfig
from edge.driver import DriverHealth, Link

LOOK_S = 0.2
OBSERVE_S = 1.0  # at least, to see from which devices readings flow
SETTLE_S = 15.0
"""An edge that has just started gets so long to reach its devices before another config is tried on it."""


@dataclass(frozen=True, slots=True)
class Look:
    """An edge at one moment. Times are of a clock that nobody sets."""

    at_s: float
    uplink: bool
    uplink_reason: str
    devices: Mapping[str, DriverHealth]
    heard_s: Mapping[str, float]  # by point


@dataclass(frozen=True, slots=True)
class Before:
    """What has to be so again: the points of each device that stay as they are, and how all stood."""

    look: Look
    connected: frozenset[str]
    flowing: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by device: its unchanged points


def look(agent: Agent) -> Look:
    """At this moment."""
    uplink = agent.uplink.stats
    now_s = asyncio.get_running_loop().time()
    return Look(now_s, uplink.connected, uplink.reason, agent.devices.health(), dict(agent.intake.heard_s))


async def settled(agent: Agent) -> None:
    """Return when all that should be connected is, or after SETTLE_S."""
    for _ in range(int(SETTLE_S / LOOK_S)):
        now = look(agent)
        if now.uplink and len(now.devices) >= len(agent.config.devices) and _all_connected(now):
            return
        await asyncio.sleep(LOOK_S)


async def observe(agent: Agent, config: EdgeConfig, answered: frozenset[str]) -> Before:
    """How the edge fares before it follows `config`; `answered` are new devices that must be reached then.

    It takes two and a half periods of the slowest group, between 1 and 30 s, to see from which devices readings flow.
    """
    longest_s = max(group.period_s for group in agent.config.groups.values())
    first = look(agent)
    await asyncio.sleep(min(30.0, max(OBSERVE_S, 2.5 * longest_s)))
    last = look(agent)
    heard = {point for point, at_s in last.heard_s.items() if at_s > first.heard_s.get(point, 0.0)}
    staying = {device: points & heard for device, points in unchanged(agent.config, config).items()}
    was = {name for name, health in last.devices.items() if health.link is Link.CONNECTED}
    return Before(last, frozenset(was) | answered, {device: points for device, points in staying.items() if points})


def unchanged(old: EdgeConfig, new: EdgeConfig) -> dict[str, frozenset[str]]:
    """By device: the points that are the same in both configs."""
    was = {device.name: {str(point.model_dump()) for point in device.points} for device in old.devices}
    return {
        device.name: frozenset(p.point for p in device.points if str(p.model_dump()) in was.get(device.name, set()))
        for device in new.devices
    }


def wanting(before: Before, now: Look, applied_s: float) -> list[str]:
    """Why the edge is not as healthy as it was, a reason a line; empty: it is."""
    return [*_uplink(before, now), *_links(before, now), *_points(before, now), *_flow(before, now, applied_s)]


async def trial(agent: Agent, before: Before, applied_s: float, trial_s: float) -> list[str]:
    """Watch until the edge has been healthy for a third of the time, 10 s at most, without a break; then nothing.

    What is still wanting when the time is over is the answer.
    """
    steady_s = min(10.0, trial_s / 3)
    since_s: float | None = None
    while True:
        now = look(agent)
        reasons = wanting(before, now, applied_s)
        since_s = None if reasons else (since_s or now.at_s)
        if since_s is not None and now.at_s - since_s >= steady_s:
            return []
        if now.at_s - applied_s >= trial_s:
            return reasons or [f"it was not healthy for {steady_s:g} s without a break"]
        await asyncio.sleep(min(LOOK_S, steady_s))


def _all_connected(now: Look) -> bool:
    return all(health.link is Link.CONNECTED for health in now.devices.values())


def _uplink(before: Before, now: Look) -> Iterator[str]:
    if before.look.uplink and not now.uplink:
        yield f"the connection to the plant is lost: {now.uplink_reason or 'no reason told'}"


def _links(before: Before, now: Look) -> Iterator[str]:
    for name in sorted(before.connected & now.devices.keys()):
        health = now.devices[name]
        if health.link is not Link.CONNECTED:
            yield f"{name} was connected and is {health.link}: {health.reason or 'no reason told'}"


def _points(before: Before, now: Look) -> Iterator[str]:
    """A point that can't be read although it could, or although it is new."""
    for name, health in sorted(now.devices.items()):
        if health.link is Link.CONNECTED:
            had = before.look.devices[name].point_reasons if name in before.look.devices else {}
            for point in sorted(health.point_reasons.keys() - had.keys()):
                yield f"{name}: {point} can't be read: {health.point_reasons[point]}"


def _flow(before: Before, now: Look, applied_s: float) -> Iterator[str]:
    for name, points in sorted(before.flowing.items()):
        silent = sorted(point for point in points if now.heard_s.get(point, 0.0) <= applied_s)
        if len(silent) == len(points):
            yield f"{name}: no reading came since of what did not change, {silent[0]} for example"
