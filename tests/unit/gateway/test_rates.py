"""Token buckets: a burst, then a steady rate, each name by itself."""

from __future__ import annotations

import pytest

from gateway.rates import Buckets, Rate


class Seconds:
    """A count of seconds that the test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_a_burst_then_one_a_rate() -> None:
    seconds = Seconds()
    buckets, rate = Buckets(seconds), Rate(per_s=2, burst=3)
    assert [buckets.take("qa", rate) for _ in range(4)] == [0, 0, 0, 0.5]
    seconds.at += 0.25
    assert buckets.take("qa", rate) == pytest.approx(0.25)
    seconds.at += 0.25
    assert buckets.take("qa", rate) == 0
    assert buckets.take("qc", rate) == 0


def test_asking_in_vain_costs_nothing() -> None:
    seconds = Seconds()
    buckets, rate = Buckets(seconds), Rate(per_s=1, burst=1)
    assert buckets.take("qa", rate) == 0
    for _ in range(100):
        assert buckets.take("qa", rate) > 0
    seconds.at += 1
    assert buckets.take("qa", rate) == 0


def test_a_long_rest_fills_a_bucket_to_its_burst_only() -> None:
    seconds = Seconds()
    buckets, rate = Buckets(seconds), Rate(per_s=1, burst=2)
    seconds.at += 1_000_000
    assert [buckets.take("qa", rate) > 0 for _ in range(3)] == [False, False, True]


def test_strangers_do_not_fill_the_memory() -> None:
    buckets, rate = Buckets(Seconds()), Rate(per_s=1, burst=1)
    for i in range(20_000):
        buckets.take(f"address:{i}", rate)
    assert len(buckets._levels) <= 10_000
