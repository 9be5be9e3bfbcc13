"""A plant's pumps in one bank: who comes, who goes, who is maintained, and what one tick tells of all."""

from __future__ import annotations

import numpy as np
import pytest

from models.health import bank as banks
from models.health.api import Alarm, Member, Reason, Values
from models.health.bank import Bank, NoSuchMachine
from models.health.ewma_cusum import CusumSettings, EwmaCusum
from models.health.health_index import HealthIndex, IndexSettings
from models.health.model_watch import ModelWatch
from models.health.quality_gate import GateSettings, QualityGate, SignalBounds
from models.health.var_innovation import VarInnovation

SIGNALS = ("flow", "pressure")
FAST = CusumSettings(fast_s=60.0, slow_s=86_400.0, h=3.0)


def pumps(ticks: int, machines: int, seed: int = 1) -> Values:
    return np.asarray(10 + np.random.default_rng(seed).normal(size=(ticks, machines, 2)))


def a_plant(machines: int) -> Bank:
    healthy = pumps(300, machines)
    detectors: dict[str, Member] = {"levels": EwmaCusum(SIGNALS, FAST), "var": VarInnovation(SIGNALS).fit(healthy)}
    index = HealthIndex(list(detectors), IndexSettings(baseline_ticks=5), machines)
    bounds = dict.fromkeys(SIGNALS, SignalBounds(low=0, high=100))
    gate = QualityGate(SIGNALS, GateSettings(bounds=bounds)).fit(healthy)
    bank = Bank(SIGNALS, detectors, gate=gate, index=index, watch=ModelWatch(SIGNALS, rows=machines))
    bank.detectors["levels"].resize(machines)
    bank.add(range(machines))
    return bank


def test_only_the_pump_that_changed_is_in_alarm() -> None:
    bank, x = a_plant(5), pumps(300, 5, seed=2)
    x[200:, 3, 1] -= 6
    alarms = np.zeros(5, dtype=np.uint32)
    for tick, values in enumerate(x):
        alarms |= bank.update(bank.rows(range(5)), tick * 60.0, values)["levels"].alarm
    assert alarms.tolist() == [0, 0, 0, Alarm.LEVEL_LOW, 0]
    assert bank.detectors["levels"].explain(3)[0].signal == "pressure"


def test_what_the_gate_refuses_reaches_no_detector() -> None:
    bank = a_plant(1)
    for tick in range(50):
        bank.update(bank.rows([0]), tick * 60.0, np.array([[10.0 + tick % 3, 10.0 - tick % 3]]))
    before = bank.detectors["levels"].state()
    told = bank.update(bank.rows([0]), 3_000.0, np.array([[900.0, np.nan]]))
    assert told["gate"].alarm[0] == Alarm.RANGE
    after = bank.detectors["levels"].state()
    for name in ("level", "scale", "fast", "up", "down", "seen"):
        np.testing.assert_array_equal(after[name], before[name])


def test_a_large_tick_is_told_as_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts, x = a_plant(7), a_plant(7), pumps(20, 7, seed=3)
    for tick, values in enumerate(x):
        monkeypatch.setattr(banks, "_BLOCK", 100)
        one = whole.update(whole.rows(range(7)), tick * 60.0, values)
        monkeypatch.setattr(banks, "_BLOCK", 3)
        other = parts.update(parts.rows(range(7)), tick * 60.0, values)
        for name, result in one.items():
            np.testing.assert_array_equal(result.stat, other[name].stat)
            np.testing.assert_array_equal(result.alarm, other[name].alarm)
            np.testing.assert_array_equal(result.sigma, other[name].sigma)


def test_a_new_pump_takes_the_row_of_one_that_went_and_knows_nothing_of_it() -> None:
    bank = a_plant(3)
    for tick in range(40):
        bank.update(bank.rows(range(3)), tick * 60.0, pumps(1, 3, seed=tick)[0])
    row = int(bank.rows([1])[0])
    bank.remove([1])
    assert bank.add(["new"]).tolist() == [row]
    told = bank.update(bank.rows(["new"]), 0.0, np.array([[10.0, 10.0]]))  # its own clock begins
    assert np.isnan(told["levels"].stat[0])
    assert np.isnan(told["var"].stat[0])
    assert bank.dropped("new") == 0


def test_a_maintained_pump_learns_again_and_the_others_go_on() -> None:
    bank = a_plant(2)
    for tick in range(60):
        bank.update(bank.rows(range(2)), tick * 60.0, pumps(1, 2, seed=tick)[0])
    bank.reset([0], Reason.MAINTENANCE)
    told = bank.update(bank.rows(range(2)), 3_600.0, pumps(1, 2)[0])
    assert np.isnan(told["levels"].stat).tolist() == [True, False]


def test_many_come_one_by_one() -> None:
    bank = Bank(SIGNALS, {"levels": EwmaCusum(SIGNALS)})
    for number in range(300):
        assert bank.add([number]).tolist() == [number]
    assert bank.add([5, 299, 5]).tolist() == [5, 299, 5]
    assert len(bank) == 300
    assert 299 in bank


def test_an_unknown_machine_is_said() -> None:
    with pytest.raises(NoSuchMachine):
        a_plant(1).rows([0, "nobody"])


def test_an_empty_delivery_tells_nothing() -> None:
    told = a_plant(2).update(np.empty(0, np.intp), np.empty(0), np.empty((0, 2)))
    assert {len(result.stat) for result in told.values()} == {0}
