"""What can be made to go wrong in the simulated plant: each fault by name, what it does, and to what.

Pure: names in, a checked `Fault` out, or an error that lists what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType

from telemetry.errors import Invalid

ROOMS = ("cold-room-1", "cold-room-2", "freezer-1")
TRUCKS = ("truck-1", "truck-2")
LINES = ("line-1",)
VENTILATION = ("ahu-1",)
TARGETS = (*ROOMS, *TRUCKS, *LINES, *VENTILATION)
DAY_S = 86_400.0

PROBES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(ROOMS, ("air-1", "air-2", "product", "coil-temperature")),
        **dict.fromkeys(TRUCKS, ("air-1", "air-2")),
        **dict.fromkeys(LINES, ("room-temperature", "bearing-temperature", "fill-weight")),
        **dict.fromkeys(VENTILATION, ("filter-pressure", "supply-flow")),
    }
)
"""Measures of a target whose probe can fail; the first is meant unless one is named."""


class UnknownFault(Invalid):
    """The simulated plant has no fault of this name."""


class UnknownTarget(Invalid):
    """The simulated plant has no such equipment."""


class NotPossible(Invalid):
    """This fault can't happen to this equipment."""


class UnknownProbe(Invalid):
    """This equipment has no such probe."""


class NotGradual(Invalid):
    """This happens at once; only a wear or a drift has a course over time."""


class NoSuchCourse(Invalid):
    """A wear takes between a minute and 400 days of the plant's time."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    name: str
    says: str  # what it does to the plant, for people
    targets: tuple[str, ...]
    at_probe: bool = False  # it hits one probe; a measure may be named
    gradual: bool = False  # it grows from nothing, over a time that may be given
    over_s: float | None = None  # that time unless one is given, seconds of use in the plant's time
    bend: float = 0.0  # above 0: slow at first, see physics/wear.py


KINDS: Mapping[str, FaultKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FaultKind(
                "compressor-failure",
                "the compressor's motor runs and draws its no-load current, but moves no heat; the coil warms",
                (*ROOMS, *TRUCKS),
            ),
            FaultKind("door-left-open", "the door stands wide open until it is closed", (*ROOMS, *TRUCKS)),
            FaultKind("mains-lost", "no mains: compressor and fans stand, the controller lives on its battery", ROOMS),
            FaultKind(
                "probe-drift",
                "a probe reads higher and higher, 1 K an hour of the physics unless a time is given",
                TARGETS,
                at_probe=True,
                gradual=True,
            ),
            FaultKind("probe-stuck", "a probe repeats its last value", TARGETS, at_probe=True),
            FaultKind("probe-spike", "a probe jumps by some 10 K for single readings", TARGETS, at_probe=True),
            FaultKind(
                "probe-loss", "a probe is broken: -32768, null, or a bad status on the wire", TARGETS, at_probe=True
            ),
            FaultKind(
                "bearing-wear",
                "the main bearing wears: vibration, heat and torque rise",
                LINES,
                gradual=True,
                over_s=3000.0,
                bend=1.5,
            ),
            FaultKind(
                "fan-wear",
                "the bearings of fans wear: they draw more current; in a room they move less air and the coil gets "
                "colder, in an air handling unit they shake",
                (*ROOMS, *VENTILATION),
                gradual=True,
                over_s=20 * DAY_S,
                bend=2.0,
            ),
            FaultKind(
                "refrigerant-loss",
                "refrigerant leaks: suction pressure, power and cooling fall, the compressor runs longer and longer",
                ROOMS,
                gradual=True,
                over_s=12 * DAY_S,
                bend=-0.5,
            ),
            FaultKind(
                "filter-clogging",
                "filters clog: their pressure difference rises, the fan turns faster and draws more, "
                "at last the flow falls",
                VENTILATION,
                gradual=True,
                over_s=30 * DAY_S,
                bend=0.3,
            ),
            FaultKind(
                "network-lost",
                "nothing gets through: a line's connections break, a room's controller does not answer, "
                "a truck's logger keeps its records and sends them later, in order",
                (*ROOMS, *TRUCKS, *LINES),
            ),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at its place; `measure` is None unless it hits a probe."""

    kind: str
    target: str
    measure: str | None = None


def fault(kind: str, target: str, measure: str | None = None) -> Fault:
    """A checked fault. Raises UnknownTarget, UnknownFault, NotPossible or UnknownProbe, each with what is known."""
    if target not in TARGETS:
        raise UnknownTarget(target=target, known=", ".join(TARGETS))
    if kind not in KINDS:
        raise UnknownFault(fault=kind, known=", ".join(KINDS))
    known = KINDS[kind]
    if target not in known.targets:
        possible = ", ".join(name for name, other in KINDS.items() if target in other.targets)
        raise NotPossible(fault=kind, target=target, possible=possible)
    if not known.at_probe:
        if measure is not None:
            raise UnknownProbe(measure=measure, reason=f"{kind} does not hit a single probe")
        return Fault(kind, target)
    probes = PROBES[target]
    if measure is not None and measure not in probes:
        raise UnknownProbe(measure=measure, target=target, known=", ".join(probes))
    return Fault(kind, target, measure or probes[0])


def course_s(wrong: Fault, over_s: float | None = None) -> float | None:
    """How long a fault takes from nothing to its end; None when it happens at once. Raises NotGradual, NoSuchCourse."""
    kind = KINDS[wrong.kind]
    if over_s is None:
        return kind.over_s
    if not kind.gradual:
        gradual = ", ".join(name for name, other in KINDS.items() if other.gradual and wrong.target in other.targets)
        raise NotGradual(fault=wrong.kind, gradual=gradual)
    if not isfinite(over_s) or not 60 <= over_s <= 400 * DAY_S:
        raise NoSuchCourse(fault=wrong.kind, over_s=over_s)
    return over_s
