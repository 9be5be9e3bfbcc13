"""Buffers for stories, and batches to fill them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic

from edge.buffer.buffer import Buffer, Gap
from telemetry.batch import Batch, Reading, batch_of
from telemetry.clock import HeldClock, to_us
from telemetry.wire import decode

NOW = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)
DAY_US = 86_400_000_000


class Ticks:
    """Seconds that pass while the buffer runs."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def readings(n: int = 10, value: float = 4.8, at: datetime = NOW) -> Batch:
    return batch_of([Reading("hainan/a/b/c", to_us(at), to_us(at), value, 192) for _ in range(n)])


def dear(n: int = 500) -> Batch:
    """Readings that hardly get smaller: two or three of these fill a page."""
    random = Random(n)
    return batch_of([Reading("hainan/a/b/c", to_us(NOW), to_us(NOW), random.random(), 192) for _ in range(n)])


@contextmanager
def a_buffer(
    folder: Path, clock: HeldClock | None = None, max_bytes: int = 10**7, ticks: Callable[[], float] = monotonic
) -> Iterator[Buffer]:
    bounds = {"max_bytes": max_bytes, "max_age_us": 30 * DAY_US}
    with closing(Buffer(folder, "edge-line", clock or HeldClock(NOW), **bounds, monotonic_s=ticks)) as b:
        yield b


def told(buffer: Buffer) -> list[tuple[int, tuple[Gap, ...]]]:
    """What travels up of what was given up: sequence and gaps of each message without readings."""
    messages = [decode(block.data) for block in buffer.read(1, 2**62, 10**6)]
    return [(m.sequence, m.gaps) for m in messages if m.gaps]
