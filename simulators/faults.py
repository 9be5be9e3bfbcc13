"""What can be made to go wrong in the simulated plant: each fault by name, what it does, and to what.

Pure: names in, a checked `Fault` out, or an error that lists what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from telemetry.errors import Invalid

ROOMS = ("cold-room-1", "cold-room-2", "freezer-1")
TRUCKS = ("truck-1", "truck-2")
LINES = ("line-1",)
TARGETS = (*ROOMS, *TRUCKS, *LINES)

PROBES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(ROOMS, ("air-1", "air-2", "product", "coil-temperature")),
        **dict.fromkeys(TRUCKS, ("air-1", "air-2")),
        **dict.fromkeys(LINES, ("room-temperature", "bearing-temperature", "fill-weight")),
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


@dataclass(frozen=True, slots=True)
class FaultKind:
    name: str
    says: str  # what it does to the plant, for people
    targets: tuple[str, ...]
    at_probe: bool = False  # it hits one probe; a measure may be named


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
                "probe-drift", "a probe reads higher and higher, 1 K an hour of the physics", TARGETS, at_probe=True
            ),
            FaultKind("probe-stuck", "a probe repeats its last value", TARGETS, at_probe=True),
            FaultKind("probe-spike", "a probe jumps by some 10 K for single readings", TARGETS, at_probe=True),
            FaultKind(
                "probe-loss", "a probe is broken: -32768, null, or a bad status on the wire", TARGETS, at_probe=True
            ),
            FaultKind("bearing-wear", "the main bearing wears: vibration, heat and torque rise", LINES),
            FaultKind(
                "network-lost",
                "nothing gets through: a line's connections break, a room's controller does not answer, "
                "a truck's logger keeps its records and sends them later, in order",
                TARGETS,
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
