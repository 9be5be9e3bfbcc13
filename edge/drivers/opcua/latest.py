"""What is known of each item of a group: its last value, and whether the plant was told that it is lost. Pure.

A server reports changes only. That one came in a publish, or none in a keep-alive, says that all other values of the
subscription still hold; whoever reads the plant later must be able to tell that from a point that fell silent. So a
value that does not change is told again after a minute, and at once after a loss, at the time it was confirmed for.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import nan

from edge.drivers.opcua.datavalues import Columns
from telemetry.quality import Quality

REPEATED_US = 60_000_000
"""A value that has not changed for so long is told again with the next publish."""
_LOOK_US = 1_000_000
_CODE = 0xFFFF_0000
"""The part of a status that holds on; that a queue has overflowed was true of one value only."""


class Latest:
    """By handle. Times are µs: `received` and `now` of our clock, `holds` and `device` of the server's."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[float, int, int]] = {}  # value, quality, device time
        self._status: dict[int, int] = {}  # of those that are not plain good
        self._told_us: dict[int, int] = {}
        self.lost_us: dict[int, int] = {}  # told as lost at this time, and not confirmed since
        self._gone: set[int] = set()  # of items that are no more; a value under way is nothing that goes on
        self._looked_us = 0
        self._found: set[int] = set()  # read after a start of the edge, and nothing has come of them since

    def confirm(self, changes: Columns, holds_us: int) -> None:
        """The first value after a loss may be old, or the same as before: then it is dated to its confirmation."""
        for place, handle in enumerate(changes.handle if self.lost_us else ()):
            lost_us = self.lost_us.get(handle)
            if lost_us is None:
                continue
            device_us = changes.device_us[place]
            told = (changes.value[place], changes.quality[place], device_us)
            if device_us > lost_us:
                del self.lost_us[handle]
            elif handle not in self._found and self._known.get(handle, told) == told:
                changes.device_us[place] = max(holds_us, lost_us + 1)
                del self.lost_us[handle]

    def take(self, changes: Columns, received_us: int) -> None:
        """Remember what is on disk."""
        told = zip(changes.value, changes.quality, changes.device_us, strict=True)
        self._known.update(zip(changes.handle, told, strict=True))
        self._told_us.update(dict.fromkeys(changes.handle, received_us))
        if self._found:
            self._found.difference_update(changes.handle)
        if self._status or changes.status:
            for place, handle in enumerate(changes.handle):
                self._status[handle] = changes.status.get(place, 0) & _CODE
        for handle in self._gone.intersection(changes.handle) if self._gone else ():
            self.forget(handle)

    def find(self, present: Columns) -> None:
        """Values that were read, of items of which nothing has come yet: due to be told with the next message.

        What the server has queued of them keeps its own time: it is older than what was read, and not told yet.
        """
        for place, handle in enumerate(present.handle):
            if handle not in self._known:
                self._known[handle] = (present.value[place], present.quality[place], present.device_us[place])
                self._status[handle] = present.status.get(place, 0) & _CODE
                self._told_us[handle] = 0
                self._found.add(handle)

    def still(self, holds_us: int, now_us: int) -> Columns:
        """Values that the server has just confirmed by silence, and that are due to be told; they count as told now."""
        again = Columns()
        for handle, lost_us in list(self.lost_us.items()):
            if handle in self._known:
                del self.lost_us[handle]
                self._again(again, handle, max(holds_us, lost_us + 1), now_us)
        if now_us - self._looked_us >= _LOOK_US:
            self._looked_us = now_us
            due = [handle for handle, told_us in self._told_us.items() if told_us <= now_us - REPEATED_US]
            for handle in due:
                self._again(again, handle, holds_us, now_us)
        return again

    def _again(self, again: Columns, handle: int, at_us: int, now_us: int) -> None:
        value, quality, device_us = self._known[handle]
        again.add(handle, max(at_us, device_us + 1), value, quality, self._status.get(handle, 0))
        self._told_us[handle] = now_us

    def lost(self, handles: Iterable[int], since_us: int) -> Columns:
        """A reading without value for each: nothing is known of it since then, or since its own last value."""
        told = Columns()
        for handle in handles:
            _, _, device_us = self._known.get(handle, (nan, 0, 0))
            told.add(handle, max(since_us, device_us + 1), nan, Quality.BAD_NO_COMMUNICATION)
            self.lost_us[handle] = told.device_us[-1]
        return told

    def gaps(self, changes: Columns, overflowed: Iterable[int]) -> Columns:
        """A reading without value at the beginning of each gap that a value in these places ends."""
        told = Columns()
        for place in overflowed:
            handle = changes.handle[place]
            _, _, device_us = self._known.get(handle, (nan, 0, 0))
            before_us = changes.device_us[place] - 1
            at_us = min(device_us + 1, before_us) if device_us else before_us
            told.add(handle, at_us, nan, Quality.BAD_NO_COMMUNICATION)
        return told

    def forget(self, handle: int) -> None:
        """An item is gone."""
        self._gone.add(handle)
        for kept in (self._known, self._status, self._told_us, self.lost_us):
            kept.pop(handle, None)
        self._found.discard(handle)
