"""What the config says about each point by its name: its lane, how it is screened, how long it may be silent.

Points that appear only while the edge runs (a broker's topics matched by a pattern) are learned from the plan that
expects them. It changes as a whole when the config does; who looks things up here sees the new words at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edge.config import EdgeConfig
from edge.driver import Plan, ReachesFurther
from edge.screening.config import RAW, Rule, Screening
from edge.strict import Group, LaneClass
from telemetry.point import is_edges_own, is_point_name

_SILENT_ROUNDS = 3
OWN = Rule(Screening(mode="deadband", absolute=0.0, max_interval_s=60.0))
"""What an edge says of itself is told when it changes, and once a minute."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A point."""

    device: str
    lane: LaneClass
    rule: Rule
    silent_s: float  # without a reading for longer it is stale


class Catalogue:
    """All points of the config, and those learned."""

    def __init__(self, config: EdgeConfig) -> None:
        self.lanes: dict[str, LaneClass] = {}
        self._groups: Mapping[str, Group] = {}
        self._entries: dict[str, Entry] = {}
        self._learned: dict[str, tuple[str, str]] = {}  # device and group
        self.change(config)

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Each point's entry."""
        return self._entries

    def change(self, config: EdgeConfig) -> None:
        """Another config counts from now on. What was learned stays where its device and group do."""
        self._groups = config.groups
        devices = {device.name for device in config.devices}
        entries = {
            name: _entry(device, config.groups[group], config.groups[group].rule)
            for name, (device, group) in self._learned.items()
            if device in devices and group in config.groups
        }
        for device in config.devices:
            for point in device.points:
                if not is_point_name(point.point):
                    continue  # a pattern: the points that it names are learned
                group_of_point = config.groups[point.group]
                entries[point.point] = _entry(device.name, group_of_point, point.rule(group_of_point))
        named = {point.point for device in config.devices for point in device.points}
        self._learned = {name: known for name, known in self._learned.items() if name in entries and name not in named}
        self._entries = entries
        self.lanes.clear()
        self.lanes.update((name, entry.lane) for name, entry in entries.items())

    def learn(self, device: str, names: Iterable[str], plan: Plan) -> None:
        """Points that a device delivers and no config names: the plan knows their group."""
        if not isinstance(plan, ReachesFurther):
            return
        for name in names:
            if name not in self._entries and (group := plan.group_of(name)) is not None:
                entry = _entry(device, self._groups[group], self._groups[group].rule)
                self._learned[name] = (device, group)
                self._entries[name], self.lanes[name] = entry, entry.lane

    def forget(self, names: Iterable[str]) -> None:
        """Points that were learned and that no plan expects any more."""
        for name in names:
            if self._learned.pop(name, None) is not None:
                del self._entries[name], self.lanes[name]

    def learned(self) -> dict[str, str]:
        """Points that no config names, and the device of each."""
        return {name: device for name, (device, _) in self._learned.items()}

    def is_named(self, name: str) -> bool:
        """Whether the config itself names a point."""
        return name in self._entries and name not in self._learned

    def rule_of(self, name: str) -> Rule:
        """How a point is screened; one that nobody knows is not."""
        entry = self._entries.get(name)
        if entry is None:
            return OWN if is_edges_own(name) else RAW
        return entry.rule

    def stale(self, heard_s: Mapping[str, float], since_s: float, now_s: float) -> tuple[str, ...]:
        """Points without a reading for too long. Times of a clock that nobody sets; `since_s`: the edge's start."""
        return tuple(
            name for name, entry in self._entries.items() if now_s - heard_s.get(name, since_s) > entry.silent_s
        )


def _entry(device: str, group: Group, rule: Rule) -> Entry:
    return Entry(device, group.lane, rule, _SILENT_ROUNDS * max(group.period_s, rule.screening.max_interval_s))
