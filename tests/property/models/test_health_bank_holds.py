"""A bank under deliveries as they are: out of order, twice, late, with holes. The same result, or one counted."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.health.api import Member, State, Values
from models.health.bank import Bank
from models.health.ewma_cusum import CusumSettings, EwmaCusum
from models.health.health_index import HealthIndex, IndexSettings
from models.health.model_watch import ModelWatch
from models.health.pca_t2q import PcaT2Q
from models.health.quality_gate import QualityGate
from models.health.var_innovation import VarInnovation
from tests.property.models.machines import MACHINES, SIGNALS, STREAMS, Stream

NAMES = ["compressor", "pump", "mixer"]
SOME = settings(max_examples=60)


def a_bank(healthy: Values) -> Bank:
    detectors: dict[str, Member] = {
        "levels": EwmaCusum(SIGNALS, CusumSettings(fast_s=300.0, h=2.0)).fit(healthy),
        "var": VarInnovation(SIGNALS).fit(healthy),
        "pca": PcaT2Q(SIGNALS).fit(healthy),
    }
    index = HealthIndex(list(detectors), IndexSettings(baseline_ticks=5), MACHINES)
    gate, watch = QualityGate(SIGNALS).fit(healthy), ModelWatch(SIGNALS, rows=MACHINES)
    bank = Bank(SIGNALS, detectors, gate=gate, index=index, watch=watch)
    bank.add(NAMES)
    return bank


def by_ticks(bank: Bank, of: Stream) -> State:
    for at, values in zip(of.time_s, of.x, strict=True):
        bank.update(bank.rows(NAMES), float(at), values)
    return bank.state()


def assert_knows_the_same(one: State, other: State) -> None:
    for name, value in one.items():
        if name != "bank.dropped":
            np.testing.assert_allclose(value, other[name], rtol=1e-9, atol=1e-9, err_msg=name)


@SOME
@given(STREAMS, st.integers(0, 10_000), st.integers(1, 5))
def test_a_delivery_may_come_in_any_order(of: Stream, seed: int, deliveries: int) -> None:
    bank, rng = a_bank(of.healthy), np.random.default_rng(seed)
    for ticks in np.array_split(np.arange(len(of.x)), deliveries):
        rows, times = np.tile(np.arange(MACHINES), len(ticks)), np.repeat(of.time_s[ticks], MACHINES)
        mixed = rng.permutation(len(rows))
        told = bank.update(rows[mixed], times[mixed], of.x[ticks].reshape(len(rows), len(SIGNALS))[mixed])
        assert {len(result.stat) for result in told.values()} == {len(rows)}
    assert_knows_the_same(bank.state(), by_ticks(a_bank(of.healthy), of))


@SOME
@given(STREAMS, st.integers(0, 10_000))
def test_what_comes_twice_or_late_changes_nothing_and_is_counted(of: Stream, seed: int) -> None:
    bank, rng, again = a_bank(of.healthy), np.random.default_rng(seed), 0
    for tick, at in enumerate(of.time_s):
        bank.update(bank.rows(NAMES), float(at), of.x[tick])
        earlier = int(rng.integers(0, tick + 1))  # of an earlier tick, or this one again
        result = bank.update(bank.rows(NAMES[:1]), float(of.time_s[earlier]), of.x[earlier, :1])
        again += 1
        assert np.isnan(result["var"].stat[0])
        assert result["var"].alarm[0] == 0
    assert bank.dropped(NAMES[0]) == again
    assert_knows_the_same(bank.state(), by_ticks(a_bank(of.healthy), of))


@SOME
@given(STREAMS, st.integers(0, 10_000))
def test_machines_know_nothing_of_each_other(of: Stream, seed: int) -> None:
    """One machine's ticks are lost; the others are told the same as ever."""
    bank, whole = a_bank(of.healthy), a_bank(of.healthy)
    lost = np.random.default_rng(seed).random(len(of.x)) < 0.3
    for gone, at, values in zip(lost, of.time_s, of.x, strict=True):
        all_of = whole.update(whole.rows(NAMES), float(at), values)
        some = bank.update(bank.rows(NAMES[1:] if gone else NAMES), float(at), values[1:] if gone else values)
        for name, result in some.items():
            np.testing.assert_allclose(result.stat[-2:], all_of[name].stat[-2:], rtol=1e-9, atol=1e-9)


@SOME
@given(STREAMS, st.floats(0, 1))
def test_a_bank_goes_on_where_it_was(of: Stream, part: float) -> None:
    bank, half = a_bank(of.healthy), int(part * len(of.x))
    by_ticks(bank, Stream(of.healthy, of.x[:half], of.time_s[:half]))
    again = a_bank(of.healthy[::-1])
    again.restore(bank.state(), bank.places())
    rest = by_ticks(again, Stream(of.healthy, of.x[half:], of.time_s[half:]))
    assert_knows_the_same(rest, by_ticks(a_bank(of.healthy), of))


@SOME
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=80))
def test_rows_are_taken_and_given_back(steps: list[tuple[bool, int]]) -> None:
    """However machines come and go, each has one row of its own, and no more rows than there ever were machines."""
    bank, here, most = Bank(SIGNALS, {"levels": EwmaCusum(SIGNALS)}), set[int](), 0
    for comes, machine in steps:
        if comes:
            bank.add([machine])
            here.add(machine)
        elif machine in here:
            bank.remove([machine])
            here.remove(machine)
        most = max(most, len(here))
        rows = bank.rows(sorted(here))
        assert len(set(rows.tolist())) == len(here) == len(bank)
        assert rows.max(initial=-1) < most
