"""The detectors of a machine: kept as bytes and taken up again alike; static in force; new levels after a repair."""

from __future__ import annotations

import numpy as np
import pytest

from mes.health.detecting import MACHINE, Watching, artefact_of, learn, state_from_bytes, state_to_bytes
from mes.health.words import HealthWords
from models.health.api import Alarm, Reason, State, Values
from models.health.artefact import Artefact
from models.health.plain_limits import PlainLimits, PlainSettings
from models.health.var_learning import TooFewHealthyRows

WORDS = HealthWords.model_validate({"equipment": "a/b", "signals": {"current": "current", "vibration": "vibration"}})
TICKS = 700
TIMES: Values = np.arange(float(TICKS)) * 60.0
LEVEL, PATTERN = Alarm.LEVEL_HIGH | Alarm.LEVEL_LOW, Alarm.INNOVATION | Alarm.T2 | Alarm.Q


def healthy(seed: int = 1, ticks: int = TICKS) -> Values:
    return np.random.default_rng(seed).normal([2.3, 1.0], [0.02, 0.02], (ticks, 2))


@pytest.fixture(scope="module")
def state() -> State:
    return learn(WORDS, healthy(), np.ones(TICKS, dtype=np.bool_), TIMES)


def fresh(state: State) -> Watching:
    return Watching(WORDS, {name: each.copy() for name, each in state.items()})


def run(watching: Watching, x: Values, begin: int = 0) -> list[int]:
    return [watching.tick((begin + at) * 60.0, row).alarm for at, row in enumerate(x)]


def test_a_state_goes_on_exactly_where_it_was_kept(state: State) -> None:
    one, x = fresh(state), healthy(2, 200)
    run(one, x[:100])
    other = Watching(WORDS, state_from_bytes(state_to_bytes(one.bank.state())))
    told = [one.tick((100 + at) * 60.0, row) for at, row in enumerate(x[100:])]
    again = [other.tick((100 + at) * 60.0, row) for at, row in enumerate(x[100:])]
    assert [(each.stats, each.health) for each in told] == [(each.stats, each.health) for each in again]


def test_an_artefact_gives_back_what_was_learned(state: State) -> None:
    kept = artefact_of(WORDS, 1, state, healthy(), np.ones(TICKS, dtype=np.bool_), {"judged": True})
    found = Artefact.from_bytes(kept.to_bytes())
    assert (found.features, found.kind, found.score_card) == (
        ("current", "vibration"),
        "multivariate",
        {"judged": True},
    )
    assert all(np.array_equal(found.state[name], state[name], equal_nan=True) for name in state)


def test_in_force_nothing_is_learned_any_more(state: State) -> None:
    watching, worn = fresh(state), healthy(3, 3_000)
    worn[:, 1] += 0.1
    alarms = run(watching, worn)
    assert alarms[-1] & LEVEL, "what is out for two days is still out"
    expected, _ = watching.expected()
    assert expected[1] == pytest.approx(1.0, abs=0.01)


def test_after_a_repair_the_new_level_is_usual_for_every_detector(state: State) -> None:
    watching, moved = fresh(state), healthy(4, 600)
    moved[:, 0] += 0.2
    assert run(watching, moved[:300])[-1] & PATTERN, "another motor, and nobody said so"
    watching.bank.reset([MACHINE], Reason.MAINTENANCE)
    assert not any(run(watching, moved[300:], begin=300))
    worse = healthy(5, 300)
    worse[:, 0] += 0.4
    assert run(watching, worse, begin=600)[-1] & PATTERN, "it is watched by its new level from then on"
    assert watching.explain("var")[0].expected == pytest.approx(2.5, abs=0.1), "and told in values as they are"


def test_too_little_is_not_learned_from() -> None:
    with pytest.raises(TooFewHealthyRows):
        learn(WORDS, healthy(ticks=100), np.ones(100, dtype=np.bool_), TIMES[:100])


def test_a_plain_limit_waits_and_forgives_what_came_back() -> None:
    limits, row = PlainLimits(["x"], PlainSettings(high={"x": 4.5}, delay_s=600), rows=1), np.array([0])
    course = [5.0] * 5 + [4.0] + [5.0] * 12
    alarms = [int(limits.update(row, at * 60.0, np.array([[x]])).alarm[0]) for at, x in enumerate(course)]
    assert [at for at, alarm in enumerate(alarms) if alarm] == [16, 17], "ten minutes after it left for good"
    assert limits.explain(0)[0].expected == 4.5
