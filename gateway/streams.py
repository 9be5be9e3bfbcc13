"""The streams between edges and database, made when they are missing: names, subjects, how long a message stays."""

from __future__ import annotations

from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

READINGS, REJECTED, EVENTS = "READINGS", "REJECTED", "EVENTS"
REDELIVER_AFTER_S = 5
"""A gateway that died with a message in its hands: after this long another one gets it. Too early is harmless."""
IN_FLIGHT = 1024
"""Messages that a gateway may hold unacknowledged; twice what it asks for at a time."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One of the two ways of a message. History fills in behind what is live."""

    name: str  # as in the ledger
    prefix: str  # first word of the subject
    consumer: str  # durable, shared by all gateways


LIVE = Lane("live", "readings", "ingest-live")
BACKLOG = Lane("backlog", "backlog", "ingest-backlog")

STREAMS = (
    StreamConfig(
        name=READINGS,
        subjects=["readings.>", "backlog.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
    ),
    StreamConfig(name=REJECTED, subjects=["rejected.>"], storage=StorageType.FILE, max_bytes=1 << 30),
    StreamConfig(name=EVENTS, subjects=["events.>"], storage=StorageType.FILE, max_bytes=1 << 30),
)


async def ensure(js: JetStreamContext) -> None:
    """Make the streams and the consumers that are missing; leave those that are there, with what was tuned on them."""
    for stream in STREAMS:
        try:
            await js.stream_info(str(stream.name))
        except NotFoundError:
            await js.add_stream(stream)  # a second gateway that does the same at this moment is answered alike
    for lane in (LIVE, BACKLOG):
        await js.add_consumer(READINGS, _consumer(lane))


def _consumer(lane: Lane) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=lane.consumer,
        filter_subject=f"{lane.prefix}.>",
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=REDELIVER_AFTER_S,
        max_ack_pending=IN_FLIGHT,
    )
