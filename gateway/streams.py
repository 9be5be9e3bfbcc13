"""The streams between edges and database, made when they are missing: names, subjects, how much and how long they keep.

READINGS is bounded and refuses what would go beyond: the edges keep what it does not take, and send it again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

log = logging.getLogger(__name__)
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


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the plant's streams are kept."""

    replicas: int = 1  # servers that hold each message; more than one needs a cluster of at least so many
    readings_bytes: int = 4 << 30  # that may wait for the database: at 9 bytes a reading, 477 million readings


async def ensure(js: JetStreamContext, keeping: Keeping | None = None) -> None:
    """Make the streams and the consumers that are missing. Of those that are there only what `keeping` says changes.

    A READINGS stream that has a bound keeps it, whoever tuned it; one that has none gets one.
    """
    for stream in _streams(keeping or Keeping()):
        try:
            found = (await js.stream_info(str(stream.name))).config
        except NotFoundError:
            await js.add_stream(stream)  # a second gateway that does the same at this moment is answered alike
            continue
        if changes := _changes(found, stream):
            log.warning("stream %s changes: %s", stream.name, changes)
            await js.update_stream(found, **changes)
    for lane in (LIVE, BACKLOG):
        await js.add_consumer(READINGS, _consumer(lane))


def _streams(keeping: Keeping) -> tuple[StreamConfig, ...]:
    readings = StreamConfig(
        name=READINGS,
        subjects=["readings.>", "backlog.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,  # what is in it is promised to the database; the newcomer is still at its edge
        max_bytes=keeping.readings_bytes,
        num_replicas=keeping.replicas,
    )
    return readings, *(
        StreamConfig(
            name=name,
            subjects=[f"{name.lower()}.>"],
            storage=StorageType.FILE,
            max_bytes=1 << 30,
            num_replicas=keeping.replicas,
        )
        for name in (REJECTED, EVENTS)
    )


def _changes(found: StreamConfig, wanted: StreamConfig) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if found.num_replicas != wanted.num_replicas:
        changes["num_replicas"] = wanted.num_replicas
    if (found.max_bytes or -1) <= 0:
        changes["max_bytes"] = wanted.max_bytes
    if found.discard != wanted.discard:
        changes["discard"] = wanted.discard
    return changes


def _consumer(lane: Lane) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=lane.consumer,
        filter_subject=f"{lane.prefix}.>",
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=REDELIVER_AFTER_S,
        max_ack_pending=IN_FLIGHT,
    )
