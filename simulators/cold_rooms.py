"""Cold rooms for judging: weeks of many rooms at a minute, with what went wrong and when the product got too warm.

Seeded and vectorised over rooms. `simulate` gives arrays, `write` the two files `rooms.csv.gz` and `labels.csv`.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulators.cold_room_faults import NONE, Fault, acting, drawn_faults, read_air
from simulators.physics.room_fleet import KINDS, Flags, Fleet, Numbers, Rooms, drawn

SIGNALS = ("t_air", "power_kw", "door", "t_coil", "t_amb")
DAY_MIN = 1440
_SHIFT = (7, 19)  # hours in which doors are opened most


@dataclass(frozen=True, slots=True)
class Label:
    """What happened to one room. A breach is the product node passing the limit during the fault."""

    room: int
    fault: str
    start_min: int | None
    end_min: int | None
    product_breach_min: int | None
    product_tau_min: float


@dataclass(frozen=True, slots=True)
class Run:
    """`x` is (T, N, 5) in the order of SIGNALS; NaN is lost. `product_c` (T, N) is what no sensor sees."""

    x: Numbers
    labels: tuple[Label, ...]
    product_c: Numbers
    limit_c: float


def simulate(rooms: int, days: int, *, seed: int, physics: str = "freezer", share_each: float = 0.06) -> Run:
    """So many rooms for so many days, each of the ten faults in `share_each` of the rooms, never before day 7."""
    draw = np.random.default_rng([seed, 20])
    kind, minutes = KINDS[physics], days * DAY_MIN
    those = drawn(kind, rooms, draw)
    fleet = Fleet(kind, those, draw)
    faults = drawn_faults(rooms, minutes, share_each, draw)
    doors, ambient = _doors(those, minutes, draw), _ambient(those, minutes, draw)
    air, coil, power, product = (np.empty((minutes, rooms)) for _ in range(4))
    for minute in range(minutes):
        doing = acting(faults, minute, doors[minute])
        doors[minute] = doing.door_open
        power[minute] = fleet.advance(ambient[minute], doing)
        air[minute], coil[minute], product[minute] = fleet.air, fleet.coil, fleet.product
    seen = (
        read_air(air, those.sensor_noise_k, faults, draw),
        np.round(power + draw.normal(0, 0.02, power.shape), 2),
        doors.astype(np.float64),
        np.round(coil + draw.normal(0, 0.25, coil.shape), 1),
        np.round(ambient + draw.normal(0, 0.2, ambient.shape), 1),
    )
    return Run(np.stack(seen, axis=-1), _labels(faults, product, kind.limit_c, those), product, kind.limit_c)


def write(run: Run, folder: Path) -> None:
    """`rooms.csv.gz` and `labels.csv`; a lost reading is empty."""
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / "rooms.csv.gz", "wt", encoding="ascii", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("room", "minute", *SIGNALS))
        for room in range(run.x.shape[1]):
            for minute, values in enumerate(run.x[:, room].tolist()):
                rows.writerow((room, minute, *("" if value != value else f"{value:g}" for value in values)))
    with (folder / "labels.csv").open("w", encoding="ascii", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("room", "fault", "start_min", "end_min", "product_breach_min", "product_tau_min"))
        for label in run.labels:
            told = (label.start_min, label.end_min, label.product_breach_min)
            shown = ("" if minute is None else minute for minute in told)
            rows.writerow((label.room, label.fault, *shown, f"{label.product_tau_min:.1f}"))


def _labels(faults: list[Fault], product: Numbers, limit_c: float, rooms: Rooms) -> tuple[Label, ...]:
    of = {fault.room: fault for fault in faults}
    return tuple(_label(room, of.get(room), product, limit_c, tau) for room, tau in enumerate(rooms.product_tau_min))


def _label(room: int, fault: Fault | None, product: Numbers, limit_c: float, tau_min: float) -> Label:
    if fault is None:
        return Label(room, NONE, None, None, None, float(tau_min))
    over = np.flatnonzero(product[fault.start_min : fault.end_min, room] > limit_c)
    breach = fault.start_min + int(over[0]) if len(over) else None
    return Label(room, fault.kind, fault.start_min, fault.end_min, breach, float(tau_min))


def _doors(rooms: Rooms, minutes: int, draw: np.random.Generator) -> Flags:
    """Openings at random, eight in ten of them during the shift, of log-normal length."""
    hour = np.arange(minutes) // 60 % 24
    shift = (hour >= _SHIFT[0]) & (hour < _SHIFT[1])
    share = np.where(shift, 0.8, 0.2) / (12 * 60)
    opens = draw.random((minutes, len(rooms.air))) < share[:, None] * rooms.doors_per_day
    lengths = np.ceil(rooms.door_median_min * np.exp(draw.normal(0, 0.6, opens.shape)))
    left, doors = np.zeros(len(rooms.air)), np.zeros(opens.shape, dtype=bool)
    for minute in range(minutes):
        left = np.maximum(left - 1, np.where(opens[minute], lengths[minute], 0))
        doors[minute] = left > 0
    return doors


def _ambient(rooms: Rooms, minutes: int, draw: np.random.Generator) -> Numbers:
    """A day's swing, warmest at three, and weather that wanders over days."""
    days = minutes // DAY_MIN + 2
    weather = np.zeros((days, len(rooms.air)))
    for day in range(1, days):
        weather[day] = 0.8 * weather[day - 1] + draw.normal(0, 1.0, len(rooms.air))
    at = np.arange(minutes) / DAY_MIN
    before, part = at.astype(int), (at % 1)[:, None]
    slow = weather[before] * (1 - part) + weather[before + 1] * part
    swing = np.sin(2 * np.pi * (at - 9 / 24))[:, None] * rooms.day_swing_k
    return np.asarray(rooms.ambient_c + swing + slow)
