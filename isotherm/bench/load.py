"""What the store is measured with: messages of a plant of 1,000 points, each read once a second.

Values scatter around a level of each point's own and have two decimals, device times scatter by milliseconds, receipt
comes in packets as a server publishes them: neither the wire's compression nor the table meets an easy case.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from random import Random

from telemetry.batch import Batch
from telemetry.clock import to_us
from telemetry.store.copying import HEADER, TRAILER, Rows, pack
from telemetry.wire import Message, encode

POINTS, PER_MESSAGE, MESSAGES = 1000, 500, 20
"""A transaction is MESSAGES * PER_MESSAGE = 10,000 readings: 10 s of 1,000 points."""
NOW = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)
NAMES = tuple(f"hainan/bench/machine-{n}/torque" for n in range(POINTS))
SECOND_US = 1_000_000


def message(number: int) -> Message:
    """Half a second of the plant: 500 of its 1,000 points, one reading each."""
    chance = Random(number)  # noqa: S311 - the same load in every run
    start, half = to_us(NOW) + number * SECOND_US // 2, PER_MESSAGE * (number % 2)
    device = [start + i // 20 * 20_000 + chance.randrange(5) * 1000 for i in range(PER_MESSAGE)]
    packets = [start + (i // 50 + 1) * 50_000 + 3000 + chance.randrange(500) for i in range(0, PER_MESSAGE, 50)]
    value = [round(chance.gauss(20 + (half + i) % 60, 2.5), 2) for i in range(PER_MESSAGE)]
    batch = Batch(
        NAMES[half : half + PER_MESSAGE],
        array("H", range(PER_MESSAGE)),
        array("q", device),
        array("q", [packets[i // 50] for i in range(PER_MESSAGE)]),
        array("d", value),
        array("B", bytes([192]) * PER_MESSAGE),
    )
    return Message("edge-bench", 1, number, batch)


def payloads(first: int, transactions: int) -> list[list[bytes]]:
    """So many transactions of messages as they come over the wire."""
    return [[encode(message(i)) for i in numbers] for numbers in _numbers(first, transactions)]


def copied(first: int, transactions: int, ids: Mapping[str, int]) -> list[bytes]:
    """The same readings as a COPY in binary takes them, a block a transaction."""
    return [
        HEADER + b"".join(pack(_rows(message(i).batch, ids)) for i in numbers) + TRAILER
        for numbers in _numbers(first, transactions)
    ]


def _numbers(first: int, transactions: int) -> Iterable[range]:
    return (range(n, n + MESSAGES) for n in range(first, first + transactions * MESSAGES, MESSAGES))


def _rows(batch: Batch, ids: Mapping[str, int]) -> Rows:
    points = array("i", [ids.get(name, 0) for name in batch.points])
    return Rows(points, batch.device_us, batch.received_us, batch.value, batch.quality, 0)
