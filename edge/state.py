"""The whole state of an edge at one moment. Self-points, metrics and `health.json` are three ways to tell the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from edge.buffer.stats import BufferStats
from edge.clocks import OFFSET_S
from edge.driver import DriverHealth
from edge.uplink.stats import UplinkStats
from telemetry.clock import from_us

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Fates:
    """Readings since the start, by what became of them: taken = stored + screened + repeated + held back + in hand."""

    taken: int
    stored: int  # on disk
    screened: int  # told by others, and never sent
    repeated: int  # a protocol delivered them again
    held_back: int  # they may yet go on
    disbelieved: int  # among all: with a time of their device that could not be

    @property
    def in_hand(self) -> int:
        """On their way to the disk; their drivers wait."""
        return self.taken - self.stored - self.screened - self.repeated - self.held_back


@dataclass(frozen=True, slots=True)
class ConfigState:
    """Which config runs, and which one does not."""

    digest: str
    version: int | None  # of a config that came from afar
    reloads: int
    refused: int
    reason: str  # why the last one was refused; empty since one was taken


@dataclass(frozen=True, slots=True)
class EdgeState:
    """All of it."""

    site: str
    edge: str
    at_us: int
    config: ConfigState
    fates: Fates
    buffer: BufferStats
    disk_reason: str  # why the disk takes nothing at the moment
    failed_writes: int
    uplink: UplinkStats
    devices: Mapping[str, DriverHealth]
    stale: tuple[str, ...]  # points without a reading for too long
    clock_steps: int
    clock_step_s: float  # seconds that the clock was set since the last telling
    clock_in_doubt: bool  # set, and not yet confirmed by the gateway
    certificate_until: datetime | None  # of the files for the way to the plant
    cpu_s: float
    rss_bytes: int

    @property
    def backlog_age_s(self) -> float:
        """How long the oldest reading has waited that the database does not have."""
        return 0.0 if self.buffer.oldest_us is None else max(0.0, (self.at_us - self.buffer.oldest_us) / 1_000_000)

    @property
    def fsync_s(self) -> tuple[float, float] | None:
        """Median and 99th percentile of what a commit waited for the disk; None: there was none yet."""
        median, p99 = self.buffer.fsync_p50_s, self.buffer.fsync_p99_s
        return None if median is None or p99 is None else (median, p99)

    @property
    def clock_is_off(self) -> bool:
        """Whether the clock is further from the gateway's than may be."""
        offset_s = self.uplink.clock_offset_s
        return offset_s is not None and abs(offset_s) > OFFSET_S

    @property
    def certificate_days(self) -> float | None:
        """Until the first certificate expires, of any connection; None: there is none."""
        plant = (self.certificate_until, self.uplink.certificate_until)
        all_of_them = [*plant, *(device.certificate_until for device in self.devices.values())]
        first = min((until for until in all_of_them if until is not None), default=None)
        return None if first is None else (first - from_us(self.at_us)).total_seconds() / _DAY_S

    @property
    def reasons(self) -> list[str]:
        """Why not all is well, in words."""
        told = {
            f"the disk takes no readings: {self.disk_reason}": self.disk_reason,
            f"uplink: {self.uplink.reason}": self.uplink.reason,
            f"a config was refused: {self.config.reason}": self.config.reason,
            f"the clock is {self.uplink.clock_offset_s or 0:+.1f} s from the gateway's": self.clock_is_off,
            "the clock was set, and the gateway has not confirmed it yet": self.clock_in_doubt,
            f"{len(self.stale)} points are stale": self.stale,
        }
        devices = [f"{name}: {device.reason}" for name, device in self.devices.items() if device.reason]
        return [text for text, holds in told.items() if holds] + devices


def told(state: EdgeState) -> dict[str, Any]:
    """As JSON, for people and programs. Readings by fate; blocks: sent, covered."""
    fates, up = state.fates, state.uplink
    return {
        "edge": state.edge,
        "at": from_us(state.at_us).isoformat(),
        "epoch": state.buffer.epoch,
        "reasons": state.reasons,
        "config": asdict(state.config),
        "readings": asdict(fates) | {"in_hand": fates.in_hand, "dropped": state.buffer.dropped},
        "blocks": {
            "backlog": state.buffer.blocks,
            "sent": up.sent,
            "sent_again": up.sent_again,
            "covered": up.covered,
        },
        "buffer": {"bytes": state.buffer.bytes, "failed_writes": state.failed_writes, "reason": state.disk_reason},
        "uplink": {"connected": up.connected, "refused": up.refused, "reason": up.reason},
        "clock": {
            "steps": state.clock_steps,
            "in_doubt": state.clock_in_doubt,
            "offset_s": state.uplink.clock_offset_s,
            "off": state.clock_is_off,
        },
        "devices": {name: _device(health) for name, health in state.devices.items()},
        "stale": list(state.stale),
        "process": {"cpu_s": round(state.cpu_s, 2), "rss_bytes": state.rss_bytes},
    }


def _device(health: DriverHealth) -> dict[str, Any]:
    return {
        "link": health.link,
        "reason": health.reason,
        "round_trip_s": health.round_trip_s,
        "last_good": _stamp(health.last_good),
        "requests": {"planned": health.requests_planned, "done": health.requests_done},
        "gaps": health.gaps,
        "certificate_until": _stamp(health.certificate_until),
        "points": dict(health.point_reasons),
    }


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
