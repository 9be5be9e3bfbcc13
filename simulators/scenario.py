"""What goes wrong by itself: the demo's scenario, and the places on their way where trucks have no network.

Pure: seconds since the scenario began, or the time, in; faults due out.
"""

from __future__ import annotations

from simulators.faults import Fault
from simulators.physics.chance import generator
from telemetry.errors import Invalid

SCENARIOS: dict[str, tuple[tuple[float, Fault], ...]] = {
    "cold-room-2-compressor": ((60.0, Fault("compressor-failure", "cold-room-2")),),
    "none": (),
}
"""Name to faults, each with the seconds of the clock after which it happens."""

HOLE_SLOT_S = 240
"""One hole in each slot of this length."""


class UnknownScenario(Invalid):
    """The simulated plant has no such scenario."""


def known(name: str) -> tuple[tuple[float, Fault], ...]:
    """The faults of a scenario. Raises UnknownScenario."""
    if name not in SCENARIOS:
        raise UnknownScenario(scenario=name, known=", ".join(SCENARIOS))
    return SCENARIOS[name]


class Scenario:
    """Tells once when each fault is due. It counts from `start`, never from when the program was started."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.started_s: float | None = None
        self._left = list(known(name))

    def start(self, at_s: float) -> bool:
        """Begin to count; False when it already does."""
        if self.started_s is not None:
            return False
        self.started_s = at_s
        return True

    def due(self, at_s: float) -> list[Fault]:
        """Faults whose moment has come since the last call."""
        if self.started_s is None:
            return []
        elapsed_s = at_s - self.started_s
        now = [fault for after_s, fault in self._left if after_s <= elapsed_s]
        self._left = [(after_s, fault) for after_s, fault in self._left if after_s > elapsed_s]
        return now


def in_radio_hole(seed: int, truck: str, at_s: float) -> bool:
    """Whether a moving truck has no network now: 20 to 60 s in every four minutes, at a time drawn from the seed."""
    slot, into_s = divmod(at_s, HOLE_SLOT_S)
    draw = generator(seed, f"{truck} radio", int(slot))
    length_s = float(draw.uniform(20, 60))
    begin_s = float(draw.uniform(0, HOLE_SLOT_S - length_s))
    return begin_s <= into_s < begin_s + length_s
