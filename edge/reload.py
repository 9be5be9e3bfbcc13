"""What must happen so that a running edge follows another config, and nothing beyond it. Pure.

Points and groups change under a driver that stays connected; a device whose connection differs is started again alone.
What binds the edge to its plant and its disk does not change while it runs.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.config import EdgeConfig
from edge.devices import readable, unscreened
from edge.strict import DeviceConfig
from telemetry.errors import Conflict
from telemetry.point import is_point_name

STAYS = ("edge", "site", "uplink", "buffer", "remote", "metrics")
"""Keys that only a start takes up."""


class NotWhileRunning(Conflict):
    """These keys of the config only count from the next start; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Devices by what happens to them; those that stay as they are don't stand here."""

    added: tuple[DeviceConfig, ...]
    removed: tuple[str, ...]
    again: tuple[DeviceConfig, ...]  # another connection: started again, alone
    changed: tuple[DeviceConfig, ...]  # other points or groups on the same connection
    gone: tuple[str, ...]  # points that nobody reads any more

    def __str__(self) -> str:
        counted = {
            "devices added": len(self.added),
            "removed": len(self.removed),
            "started again": len(self.again),
            "changed": len(self.changed),
            "points gone": len(self.gone),
        }
        return ", ".join(f"{what}: {n}" for what, n in counted.items())


def difference(old: EdgeConfig, new: EdgeConfig) -> Difference:
    """From one config to another. Raises NotWhileRunning."""
    fixed = {name: (getattr(old, name), getattr(new, name)) for name in STAYS}
    keys = [name for name, (before, after) in fixed.items() if before != after]
    if keys:
        raise NotWhileRunning(keys=keys)
    before = {device.name: device for device in old.devices}
    after = {device.name: device for device in new.devices}
    both = [(before[name], device) for name, device in after.items() if name in before]
    again = tuple(now for was, now in both if _connection(was) != _connection(now))
    still_read = set(_points(new))
    return Difference(
        added=tuple(device for name, device in after.items() if name not in before),
        removed=tuple(name for name in before if name not in after),
        again=again,
        changed=tuple(now for was, now in both if now not in again and _asked(was, old) != _asked(now, new)),
        gone=tuple(name for name in _points(old) if name not in still_read),
    )


def _connection(device: DeviceConfig) -> DeviceConfig:
    return device.model_copy(update={"points": ()})


def _asked(device: DeviceConfig, config: EdgeConfig) -> object:
    """All that a driver's plan is made of."""
    points = readable(device)
    groups = unscreened(config.groups)
    return points, {name: groups[name] for name in groups if any(point.group == name for point in points)}


def _points(config: EdgeConfig) -> list[str]:
    """Those that are named in full; what patterns named is known to the catalogue."""
    return [point.point for device in config.devices for point in device.points if is_point_name(point.point)]
