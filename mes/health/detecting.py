"""The detectors of one machine: built as the plant folder says, learned into an artefact, taken up again from it.

Once in force a model is static: what it learned stays, only what runs moves on. Pure.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mes.health.levelled import Levelled
from mes.health.words import HealthWords
from models.health.api import Contribution, Detector, Flags, Member, Rows, State, Values
from models.health.artefact import Artefact, data_hash
from models.health.bank import Bank
from models.health.cold_room import ColdRoomMonitor
from models.health.cold_room_settings import ColdRoomSettings
from models.health.ewma_cusum import CusumSettings, EwmaCusum
from models.health.health_index import HealthIndex, IndexSettings
from models.health.model_watch import ModelWatch
from models.health.pca_t2q import PcaT2Q
from models.health.plain_limits import PlainLimits, PlainSettings
from models.health.quality_gate import GateSettings, QualityGate, SignalBounds
from models.health.var_innovation import VarInnovation
from models.health.var_learning import TooFewHealthyRows, VarSettings

MACHINE = "machine"
ROW: Rows = np.array([0])
LEAST_TICKS = 500
"""Usable ticks from which anything is learned."""
FOREVER = 1e18
_BASELINE_TICKS = 1_000
_LITTLE, _TOP = 3.0, 3
_INDEX = IndexSettings(baseline_ticks=600)
_TRIAL_DAYS, _TRIAL_DEFROSTS = 4.0, 2
_LIMITS, _LEVEL, _VAR, _PCA, _ROOM = "limits", "level", "var", "pca", "room"


@dataclass(frozen=True, slots=True)
class Told:
    """What one tick shows of the machine."""

    stats: Mapping[str, float]  # by detector, in multiples of its limit; NaN while nothing is known
    alarm: int
    health: float  # 0 to 100; NaN while not known

    @property
    def stat(self) -> float:
        """The greatest; NaN while nothing is known."""
        return max((each for each in self.stats.values() if np.isfinite(each)), default=np.nan)


class Watching:
    """One machine's detectors, all that runs of them included."""

    def __init__(self, words: HealthWords, state: State | None = None) -> None:
        """`state`: of a model; without it nothing is learned, and fixed limits alone hold."""
        self.words, self.learned = words, state is not None
        self.values = np.full(len(words.order()), np.nan)  # of the last tick
        self.bank = _bank(words, learned=self.learned)
        if state is None:
            self.bank.add([MACHINE])
            _configure(words, self.bank)
        else:
            self.bank.restore(state, {MACHINE: 0})

    def tick(self, machine_s: float, x: Values) -> Told:
        """One tick (K,), in order of time."""
        self.values = x
        results = self.bank.update(ROW, machine_s, x[None, :])
        names = [name for name in (*self.bank.detectors, "watch") if name in results]
        alarm = 0
        for name in names:
            alarm |= int(results[name].alarm[0])
        health = float(self.bank.index.health(ROW)[0]) if self.bank.index is not None else np.nan
        return Told({name: float(results[name].stat[0]) for name in names if name != "watch"}, alarm, health)

    def explain(self, name: str) -> list[Contribution]:
        """The signals that count most for one detector; where its last tick alone says little, how far each is off."""
        member: Detector | None = self.bank.members.get(name)
        found = member.explain(0) if member is not None else []
        level = self.bank.detectors.get(_LEVEL)
        little = max((abs(each.contribution) for each in found), default=0.0) < _LITTLE
        if not little or name not in {_VAR, _PCA} or not isinstance(level, EwmaCusum):
            return found
        (expected, _), value, off = self.expected(), level.state()["value"][0], level.deviation(ROW)[0]
        return [
            Contribution(self.words.order()[at], float(off[at]), float(value[at]), float(expected[at]))
            for at in np.argsort(-np.abs(off))[:_TOP]
            if np.isfinite(value[at])
        ]

    def expected(self) -> tuple[Values, Values]:
        """What each signal usually is, and one standard deviation of it; NaN where nobody knows."""
        level = self.bank.detectors.get(_LEVEL)
        if isinstance(level, EwmaCusum):
            state = level.state()
            known = state["seen"][0] > 0
            return np.where(known, state["level"][0], np.nan), np.where(known, state["scale"][0], np.nan)
        unknown = np.full(len(self.words.order()), np.nan)
        room = self.bank.detectors.get(_ROOM)
        if isinstance(room, ColdRoomMonitor) and not room.learning[0]:
            state, spread = room.state(), unknown.copy()
            unknown[0], spread[0] = state["level"][0], (state["band"][0] - state["level"][0]) / 3
            return unknown, spread
        return unknown, unknown.copy()


def learn(words: HealthWords, x: Values, healthy: Flags, machine_s: Values, *, trial: bool = False) -> State:
    """State of a fresh start with what these ticks (T, K) teach. Raises TooFewHealthyRows.

    A `trial` is content with part of a commissioning: it is learned to be judged, not to be kept.
    """
    usable = int((healthy & np.isfinite(x).any(axis=1)).sum())
    if usable < LEAST_TICKS:
        raise TooFewHealthyRows(rows=usable, asked=LEAST_TICKS)
    bank = _bank(words, learned=True, trial=trial)
    bank.add([MACHINE])
    _configure(words, bank)
    for detector in bank.detectors.values():
        if isinstance(detector, ColdRoomMonitor):
            detector.fit(x, healthy, machine_s)
            if detector.learning[0]:
                raise TooFewHealthyRows(rows=usable, asked=int(detector.settings.healthy_days * 86_400 / words.tick_s))
        else:
            detector.fit(x, healthy)
    if bank.gate is not None:
        bank.gate.fit(x, healthy)
    return _with_baseline(words, bank, x, healthy, machine_s)


def _with_baseline(words: HealthWords, bank: Bank, x: Values, healthy: Flags, machine_s: Values) -> State:
    """The state of a fresh start; the index knows what its detectors told at the end of the healthy time."""
    state = bank.state()
    if bank.index is None:
        return state
    watching = Watching(words, {name: each.copy() for name, each in state.items()})
    last = np.flatnonzero(healthy)[-_BASELINE_TICKS:]
    told = [watching.tick(float(machine_s[at]), x[at]).stats for at in last]
    parts = np.array([[each[name] for name in bank.index.signals] for each in told])
    bank.index.fit(parts)
    return state | {f"index.{name}": each for name, each in bank.index.state().items()}


def artefact_of(
    words: HealthWords, number: int, state: State, x: Values, healthy: Flags, card: Mapping[str, Any]
) -> Artefact:
    """What is kept of a version."""
    return Artefact(
        kind=words.detector,
        version=str(number),
        data_hash=data_hash(x, healthy),
        features=words.order(),
        settings=words.model_dump(mode="json", exclude_defaults=True),
        state=state,
        score_card=card,
    )


def state_to_bytes(state: State) -> bytes:
    """Arrays by name, without pickle."""
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **state)
    return out.getvalue()


def state_from_bytes(content: bytes) -> State:
    """What `state_to_bytes` gave."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _bank(words: HealthWords, *, learned: bool, trial: bool = False) -> Bank:
    signals = words.order()
    if words.detector == "cold_room":
        asked = ColdRoomSettings(healthy_days=_TRIAL_DAYS, defrosts=_TRIAL_DEFROSTS) if trial else ColdRoomSettings()
        room: dict[str, Member] = {_ROOM: ColdRoomMonitor(signals, asked)}
        return Bank(signals, room, index=HealthIndex((_ROOM,), _INDEX) if learned else None)
    bounds = {name: SignalBounds(may_stand=True) for name in signals}  # edges leave out what did not change
    gate = QualityGate(signals, GateSettings(stale_s=FOREVER, bounds=bounds))
    detectors: dict[str, Member] = {_LIMITS: PlainLimits(signals, _plain(words))}
    if not learned:
        return Bank(signals, detectors, gate=gate)
    levels = EwmaCusum(signals, CusumSettings(fast_s=900.0, static=True, warm=60))
    detectors[_LEVEL] = levels
    detectors[_VAR] = Levelled(VarInnovation(signals, VarSettings(gap_s=1.5 * words.tick_s)), levels)
    if len(signals) > 1:
        detectors[_PCA] = Levelled(PcaT2Q(signals), levels)
    index = HealthIndex([name for name in detectors if name != _LIMITS], _INDEX)
    return Bank(signals, detectors, gate=gate, index=index, watch=ModelWatch(signals))


def _plain(words: HealthWords) -> PlainSettings:
    low = {name: each.low for name, each in words.limits.items() if each.low is not None}
    high = {name: each.high for name, each in words.limits.items() if each.high is not None}
    return PlainSettings(low=low, high=high, delay_s=max(words.limit_min * 60, 1e-9))


def _configure(words: HealthWords, bank: Bank) -> None:
    """What nobody can learn from a room."""
    room = bank.detectors.get(_ROOM)
    if isinstance(room, ColdRoomMonitor):
        bound = words.limits.get("air")
        limit = bound.high if bound is not None and bound.high is not None else np.inf
        room.configure(ROW, limit_c=limit, product_tau_min=words.product_tau_min or np.nan)


__all__ = [
    "LEAST_TICKS",
    "MACHINE",
    "ROW",
    "Told",
    "Watching",
    "artefact_of",
    "learn",
    "state_from_bytes",
    "state_to_bytes",
]
