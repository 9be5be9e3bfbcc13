"""What a look leaves behind: samples every so many ticks, states to go back to, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from psycopg.types.json import Json

from mes.health import service
from mes.health.case import Case
from mes.health.detecting import Told, Watching, state_to_bytes
from mes.health.episodes import Following
from mes.health.model import Run
from models.health.api import Values
from telemetry.clock import from_us
from telemetry.work import Work


@dataclass(slots=True)
class Kept:
    """Collects while ticks are gone through."""

    case: Case
    following: Following
    last: Told | None = None
    samples: list[dict[str, Any]] = field(default_factory=list)
    states: list[tuple[int, int, bytes]] = field(default_factory=list)  # slot, µs, state

    def tick(self, at_us: int, told: Told | None) -> None:
        """After a tick; `told` is None where the machine was not looked at."""
        settings, number = self.case.settings, at_us // self.case.pace.width_us(at_us)
        if told is not None:
            self.last = told
            if number % settings.sample_ticks == 0:
                self.samples.append(self._sample(at_us, told))
        if number % settings.checkpoint_ticks == 0:
            slot = number // settings.checkpoint_ticks % settings.checkpoints
            self.states.append((slot, at_us, state_to_bytes(self.following.watching.bank.state())))

    def newest(self, run: Run) -> Run:
        """With health and statistic of the last tick that was looked at; without one they stay."""
        if self.last is None:
            return run
        return replace(run, health=_known(self.last.health), stat=_known(self.last.stat))

    async def write(self, work: Work) -> None:
        model = self.case.model
        whose = {"equipment_id": self.case.equipment_id, "model_id": model.id if model else None}
        if self.samples:
            await work.run(service.SQL["put_samples"], samples=Json(self.samples), **whose)
        for slot, at_us, state in self.states:
            await work.run(service.SQL["keep_checkpoint"], slot=slot, at=from_us(at_us), state=state, **whose)

    def _sample(self, at_us: int, told: Told) -> dict[str, Any]:
        expected, spread = self.following.watching.expected()
        return {
            "at": from_us(at_us).isoformat(),
            "health": _known(told.health),
            "stat": _known(told.stat),
            "alarm": told.alarm,
            "value": _column(self.following.watching.values),
            "expected": _column(expected),
            "spread": _column(spread),
        }


async def keep(work: Work, case: Case, run: Run, watching: Watching | None) -> None:
    """Where the watch of this machine stands; without `watching` the state stays as it is."""
    names = ("learn_from", "try_at", "hindrance", "model_id", "begun_at", "position", "seen_batch", "seen_reset")
    facts = {name: getattr(run, name) for name in (*names, "health", "stat", "heard_at")}
    state = None if watching is None else state_to_bytes(watching.bank.state())
    await work.run(service.SQL["keep_run"], equipment_id=case.equipment_id, state=state, **facts)


def _column(values: Values) -> list[float | None]:
    return [_known(each) for each in values.tolist()]


def _known(value: float) -> float | None:
    return value if isfinite(value) else None
