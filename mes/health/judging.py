"""A version's score card: how it does on the part of its commissioning that it was not learned from.

Healthy days say how often it would call in vain; the same days with a signal moved say what it would notice. Nothing
here is used to choose or to set anything. Pure.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mes.health.detecting import Watching, learn
from mes.health.episodes import Following
from mes.health.model import Cause
from mes.health.ticks import Pace
from mes.health.words import HealthWords
from models.health.api import Flags, State, Values
from models.health.var_learning import TooFewHealthyRows

HELD_OUT = 0.3
NOTICE_H = 6.0
"""A moved signal is noticed if it is told within so many hours of running."""
SHIFTS = (1.0, 2.0, 4.0, 8.0)
"""In the signal's own healthy standard deviations."""


def judge(words: HealthWords, x: Values, healthy: Flags, machine_s: Values) -> dict[str, Any]:
    """Figures by name; `judged` is false where too little is left to learn a trial model from."""
    cut = int(len(x) * (1 - HELD_OUT))
    days = len(x) * words.tick_s / 86_400
    card: dict[str, Any] = {
        "days": round(days, 2),
        "ticks": int(healthy.sum()),
        "coverage": round(float((np.isfinite(x).all(axis=1) & healthy).sum() / max(healthy.sum(), 1)), 4),
        "held_out_days": round((len(x) - cut) * words.tick_s / 86_400, 2),
        "judged": True,
    }
    try:
        state = learn(words, x[:cut], healthy[:cut], machine_s[:cut], trial=True)
    except TooFewHealthyRows:
        return card | {"judged": False}
    rest, sound, times = x[cut:], healthy[cut:], machine_s[cut:]
    told = _alerts(words, state, rest, sound, times)
    card["false_alerts"] = len(told)
    card["false_per_day"] = round(len(told) / max(card["held_out_days"], 1e-9), 4)
    if words.detector == "multivariate":
        card["notices"] = _notices(words, state, rest, sound, times)
    return card


def _alerts(
    words: HealthWords, state: State, x: Values, healthy: Flags, machine_s: Values, *, first: bool = False
) -> list[Cause]:
    """Causes that are told, each onset once; with `first` no more than one."""
    fresh = {name: each.copy() for name, each in state.items()}
    following = Following(Watching(words, fresh), Pace(words.tick_s))
    told: list[Cause] = []
    for at in np.flatnonzero(healthy):
        following.tick(int(machine_s[at] * 1e6), x[at])
        told = [each.cause for each in following.episodes if each.cause is not Cause.LIMIT]
        if told and first:
            break
    return told


def _notices(words: HealthWords, state: State, x: Values, healthy: Flags, machine_s: Values) -> dict[str, Any]:
    """By signal: the smallest of `SHIFTS` that is told, in the signal's unit, and in standard deviations."""
    ticks = np.flatnonzero(healthy)[: int(NOTICE_H * 3_600 / words.tick_s)]
    found: dict[str, Any] = {}
    for column, signal in enumerate(words.order()):
        spread = float(np.nanstd(x[np.flatnonzero(healthy), column])) if healthy.any() else float("nan")
        found[signal] = {"shift": None, "sigmas": None}
        for sigmas in SHIFTS if np.isfinite(spread) and spread > 0 else ():
            moved = x[ticks].copy()
            moved[:, column] += sigmas * spread
            if _alerts(words, state, moved, np.ones(len(ticks), dtype=np.bool_), machine_s[ticks], first=True):
                found[signal] = {"shift": round(sigmas * spread, 4), "sigmas": sigmas}
                break
    return found
