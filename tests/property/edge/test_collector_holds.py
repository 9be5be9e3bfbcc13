"""However batches come in: every reading is in one block of its lane, in its order, with what stands aside of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edge.collector import Collector
from edge.strict import LaneClass
from telemetry.batch import MAX_READINGS, Batch, Reading, batch_of

T0 = 1_768_440_000_000_000
LANES: dict[str, LaneClass] = {"a/b/c/cold": "cold-chain", "a/b/c/bulk": "bulk"}
NAMES = [*LANES, "a/b/c/unheard-of"]
SIZES = st.integers(1, 12) | st.sampled_from([MAX_READINGS - 1, MAX_READINGS, MAX_READINGS + 1, 3 * MAX_READINGS])
BATCHES = st.lists(st.tuples(SIZES, st.lists(st.sampled_from(NAMES), min_size=1, max_size=5)), max_size=6)


def handed_in(plan: Sequence[tuple[int, Sequence[str]]]) -> list[Batch]:
    """Batches of numbered readings; every seventh has a claim, every eleventh a status."""
    batches, k = [], 0
    for size, names in plan:
        numbers = range(k, k + size)
        k += size
        plain = batch_of([Reading(names[n % len(names)], T0 + n, T0 + n, float(n), 192) for n in numbers])
        columns = (plain.point, plain.device_us, plain.received_us, plain.value, plain.quality)
        claimed = {i: n for i, n in enumerate(numbers) if n % 7 == 0}
        status = {i: n for i, n in enumerate(numbers) if n % 11 == 0 and n}
        batches.append(Batch(plain.points, *columns, claimed, status))
    return batches


async def blocks_of(batches: Sequence[Batch]) -> list[tuple[LaneClass, Batch]]:
    nowhere: Any = None  # nothing is written here
    collector = Collector(nowhere, LANES)
    for batch in batches:
        for lane, part in collector._by_lane(batch):
            collector._fill(lane, part)
    return [(lane, block.builder.take()) for lane, block in [*collector._full, *collector._open.items()]]


@given(BATCHES)
def test_every_reading_is_in_one_block_of_its_lane_in_order(plan: list[tuple[int, list[str]]]) -> None:
    batches = handed_in(plan)
    blocks = asyncio.run(blocks_of(batches))
    assert all(0 < len(block) <= MAX_READINGS for _, block in blocks)
    for lane in ("cold-chain", "process", "bulk"):
        came = [r for batch in batches for r in batch if LANES.get(r.point, "process") == lane]
        assert [r for own, block in blocks if own == lane for r in block] == came
    for _, block in blocks:
        assert set(block.points) == {r.point for r in block}  # no name travels without a reading
        for i, reading in enumerate(block):
            n = int(reading.value)
            assert block.claimed_us.get(i) == (n if n % 7 == 0 else None)
            assert block.status.get(i, 0) == (n if n % 11 == 0 else 0)
