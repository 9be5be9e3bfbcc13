"""What goes wrong in simulated cold rooms, when, and what their sensors make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulators.physics.room_fleet import Acting, Flags, Numbers

FAULTS = (
    "comp_fail", "leak_slow", "fan_fail", "door_left", "defrost_stuck", "power_cut",
    "sensor_drift", "sensor_stuck", "sensor_spike", "dropout",
)  # fmt: skip
NONE = "none"
COMMISSIONING_MIN = 7 * 1440
"""No fault begins before that."""

_LENGTH_MIN = {
    "comp_fail": (480.0, 900.0),
    "fan_fail": (360.0, 720.0),
    "door_left": (90.0, 180.0),
    "defrost_stuck": (150.0, 360.0),
    "power_cut": (120.0, 480.0),
    "sensor_stuck": (720.0, 2880.0),
    "dropout": (60.0, 240.0),
}
_LOST, _SPIKES = 0.002, 0.0002  # of all air readings
_RESOLUTION_K = 0.1


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one room; `size` is what its kind makes of it."""

    room: int
    kind: str
    start_min: int
    end_min: int
    size: float


def drawn_faults(rooms: int, minutes: int, share_each: float, draw: np.random.Generator) -> list[Fault]:
    """Each kind in so many of the rooms, a fault a room; the rest stay healthy."""
    each = min(max(1, round(rooms * share_each)), rooms // len(FAULTS)) if share_each > 0 else 0
    order = draw.permutation(rooms)[: each * len(FAULTS)]
    kinds = [kind for kind in FAULTS for _ in range(each)]
    return [_fault(int(room), kind, minutes, draw) for room, kind in zip(order, kinds, strict=True)]


def _fault(room: int, kind: str, minutes: int, draw: np.random.Generator) -> Fault:
    room_left = max(minutes - COMMISSIONING_MIN, 1)
    long = kind in {"leak_slow", "sensor_drift"}
    latest = 0.5 if long else 0.85
    start = COMMISSIONING_MIN + int(room_left * draw.uniform(0.05, latest))
    length = draw.uniform(*_LENGTH_MIN[kind]) if kind in _LENGTH_MIN else float(minutes)
    size = {
        "leak_slow": draw.uniform(5.0, 9.0),  # days until nothing is left
        "sensor_drift": draw.uniform(0.02, 0.08) / 60.0,  # K a minute
        "sensor_spike": draw.uniform(0.005, 0.02),  # of the readings
    }.get(kind, 0.0)
    return Fault(room, kind, start, min(start + int(length), minutes), size)


def acting(faults: Sequence[Fault], minute: int, door_open: Flags) -> Acting:
    """What the faults do to the physics of this minute."""
    n = len(door_open)
    compressor, fan, mains, heater = np.zeros((4, n), dtype=bool)
    doing = Acting(np.ones(n), compressor, fan, mains, heater, door_open.copy())
    switches = {
        "comp_fail": doing.no_compressor,
        "fan_fail": doing.no_fan,
        "power_cut": doing.no_mains,
        "defrost_stuck": doing.stuck_heater,
        "door_left": doing.door_open,
    }
    for fault in (each for each in faults if each.start_min <= minute < each.end_min):
        if fault.kind in switches:
            switches[fault.kind][fault.room] = True
        elif fault.kind == "leak_slow":
            doing.capacity[fault.room] = max(0.05, 1 - (minute - fault.start_min) / (1440 * fault.size))
    return doing


def read_air(air: Numbers, noise_k: Numbers, faults: Sequence[Fault], draw: np.random.Generator) -> Numbers:
    """What the air probes tell of (T, N) true temperatures: noise, steps, losses, spikes and faults of their own."""
    seen = air + draw.normal(0, 1, air.shape) * noise_k
    rate = np.full(air.shape, _SPIKES)
    for fault in faults:
        span = np.s_[fault.start_min : fault.end_min, fault.room]
        length = fault.end_min - fault.start_min
        if fault.kind == "sensor_drift":
            seen[span] += fault.size * np.arange(length)
        elif fault.kind == "sensor_stuck":
            seen[span] = seen[fault.start_min, fault.room]
        elif fault.kind == "sensor_spike":
            rate[span] = fault.size
    stuck = np.zeros(air.shape, dtype=bool)
    for fault in (each for each in faults if each.kind == "sensor_stuck"):
        stuck[fault.start_min : fault.end_min, fault.room] = True
    spikes = (draw.random(air.shape) < rate) & ~stuck
    seen = np.where(spikes, seen + draw.choice([-1, 1], air.shape) * draw.uniform(8, 40, air.shape), seen)
    seen = np.round(seen / _RESOLUTION_K) * _RESOLUTION_K
    seen[draw.random(air.shape) < _LOST] = np.nan
    for fault in (each for each in faults if each.kind == "dropout"):
        seen[fault.start_min : fault.end_min, fault.room] = np.nan
    return np.asarray(np.round(seen, 1))
