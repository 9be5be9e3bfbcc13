"""Golden cases of OPC UA as bytes: what a server of another maker sent, and the cases of `golden/opcua` once more."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary

from edge.drivers.opcua.datavalues import Columns
from edge.drivers.opcua.message import read_publish, read_read
from telemetry.clock import from_us
from telemetry.quality import Quality

from .test_golden import GOLDEN, RECEIVED_US, cases, data_value, expected, stamp


def rows(columns: Columns) -> list[list[Any]]:
    """Value, quality and time of each."""
    told = zip(columns.value, columns.quality, columns.device_us, strict=True)
    return [[None if isnan(v) else v, Quality(q).name, stamp(us)] for v, q, us in told]


@pytest.mark.parametrize("folder", cases("opcua-messages"))
def test_a_publish_of_node_opcua_is_read(folder: Path) -> None:
    """It writes picoseconds behind each time stamp, which asyncua 2.1 takes for parts of other fields."""
    published = read_publish(bytes.fromhex((folder / "publish.hex").read_text()), RECEIVED_US)
    message = published.message
    assert {
        "sequence": message.sequence,
        "published": f"{from_us(message.published_us):%Y-%m-%dT%H:%M:%S.%fZ}",
        "available": list(published.available),
        "more": published.more,
        "handles": message.changes.handle,
        "readings": rows(message.changes),
        "status": {str(place): f"{status:#010x}" for place, status in message.changes.status.items()},
    } == expected(folder)


@pytest.mark.parametrize("folder", cases("opcua"))
def test_a_data_value_of_a_read_becomes_the_same_reading(folder: Path) -> None:
    response = ua.ReadResponse()
    response.Results = [data_value(raw) for raw in json.loads((folder / "values.json").read_text())]
    assert rows(read_read(bytes(struct_to_binary(response)), RECEIVED_US)) == expected(folder)


def test_there_are_cases() -> None:
    assert len(list((GOLDEN / "opcua-messages").iterdir())) == 3
