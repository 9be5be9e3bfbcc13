"""Our decoder of OPC UA messages against asyncua's: the same value, quality, time and status, whatever is sent."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from math import isfinite, isnan
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary
from asyncua.ua.uaerrors import BadNoSubscription, UaStatusCodeError
from hypothesis import example, given
from hypothesis import strategies as st

from edge.drivers.opcua.datavalues import Columns, Undecodable
from edge.drivers.opcua.decode import read_value
from edge.drivers.opcua.message import read_publish, read_read, read_republish
from telemetry.quality import is_bad

NOW_US = 1_768_440_000_000_000
Kind = ua.VariantType
integers = {
    Kind.SByte: (-(2**7), 2**7 - 1),
    Kind.Byte: (0, 2**8 - 1),
    Kind.Int16: (-(2**15), 2**15 - 1),
    Kind.UInt16: (0, 2**16 - 1),
    Kind.Int32: (-(2**31), 2**31 - 1),
    Kind.UInt32: (0, 2**32 - 1),
    Kind.Int64: (-(2**63), 2**63 - 1),
    Kind.UInt64: (0, 2**64 - 1),
}
plain = st.one_of(
    st.builds(ua.Variant, st.booleans(), st.just(Kind.Boolean)),
    st.builds(ua.Variant, st.floats(width=32), st.just(Kind.Float)),
    st.builds(ua.Variant, st.floats(), st.just(Kind.Double)),
    *(st.builds(ua.Variant, st.integers(*ends), st.just(kind)) for kind, ends in integers.items()),
)
odd = st.one_of(
    st.just(ua.Variant(None)),
    st.builds(ua.Variant, st.text(), st.just(Kind.String)),
    st.builds(ua.Variant, st.lists(st.floats(), max_size=3), st.just(Kind.Double)),
    st.builds(ua.Variant, st.binary(max_size=9), st.just(Kind.ByteString)),
    st.builds(lambda text: ua.Variant(ua.LocalizedText(text), Kind.LocalizedText), st.text()),
    st.builds(lambda code: ua.Variant(ua.StatusCode(ua.UInt32(code)), Kind.StatusCode), st.integers(0, 2**32 - 1)),
)
times = st.none() | st.datetimes(datetime(1601, 1, 1), datetime(9999, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001 - made aware at once
statuses = st.none() | st.just(ua.StatusCode()) | st.integers(0, 2**32 - 1).map(lambda c: ua.StatusCode(ua.UInt32(c)))


@st.composite
def data_values(draw: st.DrawFn, variants: st.SearchStrategy[ua.Variant] = plain | odd) -> ua.DataValue:
    """Without a source's picoseconds that a server's time follows: asyncua 2.1 has them in another order."""
    source: Any = draw(times)
    server: Any = draw(times)
    value = ua.DataValue(draw(variants), draw(statuses), SourceTimestamp=source, ServerTimestamp=server)
    if server is None and draw(st.booleans()):
        value.SourcePicoseconds = ua.UInt16(draw(st.integers(0, 9999)))
    if draw(st.booleans()):
        value.ServerPicoseconds = ua.UInt16(draw(st.integers(0, 9999)))
    return value


def repeated(draw: st.DrawFn) -> list[ua.DataValue]:
    """Runs of one layout, as servers send them, and odd ones between."""
    runs = draw(st.lists(st.tuples(data_values(), st.integers(1, 20)), max_size=6))
    return [value for value, n in runs for _ in range(n)]


some_values = st.composite(repeated)()


def publish(values: list[ua.DataValue]) -> bytes:
    response = ua.PublishResponse()
    response.Parameters.SubscriptionId = ua.UInt32(7)
    response.Parameters.AvailableSequenceNumbers = [ua.UInt32(1), ua.UInt32(2)]
    response.Parameters.NotificationMessage = message(values)
    return bytes(struct_to_binary(response))


def message(values: list[ua.DataValue]) -> ua.NotificationMessage:
    changes = ua.DataChangeNotification()
    changes.MonitoredItems = [ua.MonitoredItemNotification(ua.UInt32(3 * k), v) for k, v in enumerate(values)]
    told = ua.NotificationMessage()
    told.SequenceNumber = ua.UInt32(41)
    told.PublishTime = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)
    told.NotificationData = [changes]
    return told


def by_asyncua(values: list[ua.DataValue]) -> list[tuple[Any, ...]]:
    found = []
    for value in values:
        device_us, number, quality = read_value(value, NOW_US)
        status = value.StatusCode.value if value.StatusCode is not None else 0
        found.append((device_us, repr(number), int(quality), status))
    return found


def by_us(columns: Columns) -> list[tuple[Any, ...]]:
    rows = zip(columns.device_us, map(repr, columns.value), columns.quality, strict=True)
    return [(*row, columns.status.get(place, 0)) for place, row in enumerate(rows)]


@given(some_values)
def test_a_publish_is_read_as_asyncua_reads_it(values: list[ua.DataValue]) -> None:
    data = publish(values)
    theirs = struct_from_binary(ua.PublishResponse, Buffer(data)).Parameters
    ours = read_publish(data, NOW_US)
    items = [item for part in theirs.NotificationMessage.NotificationData for item in part.MonitoredItems]
    assert by_us(ours.message.changes) == by_asyncua([item.Value for item in items])
    assert ours.message.changes.handle == [item.ClientHandle for item in items]
    assert (ours.subscription, list(ours.available), ours.more, ours.message.sequence) == (
        7,
        [1, 2],
        theirs.MoreNotifications,
        41,
    )
    assert ours.message.published_us == 1_768_440_000_000_000


@given(some_values)
def test_a_read_and_a_republish_are_read_as_asyncua_reads_them(values: list[ua.DataValue]) -> None:
    read = ua.ReadResponse()
    read.Results = values
    again = ua.RepublishResponse()
    again.NotificationMessage = message(values)
    expected = by_asyncua(struct_from_binary(ua.ReadResponse, Buffer(struct_to_binary(read))).Results)
    assert by_us(read_read(bytes(struct_to_binary(read)), NOW_US)) == expected
    assert by_us(read_republish(bytes(struct_to_binary(again)), NOW_US).changes) == expected


@given(st.lists(data_values(plain), min_size=1, max_size=30), st.data())
def test_a_message_that_is_cut_off_is_refused_whole(values: list[ua.DataValue], data: st.DataObject) -> None:
    whole = publish(values)
    with pytest.raises(Undecodable):
        read_publish(whole[: data.draw(st.integers(0, len(whole) - 9))], NOW_US)


@given(some_values, st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=8))
@example([ua.DataValue(ua.Variant(1.0))], [(93, 0x80)])  # an array of Null: asyncua alone would make billions of None
def test_damaged_bytes_give_sound_readings_or_are_refused(
    values: list[ua.DataValue], damage: list[tuple[int, int]]
) -> None:
    data = bytearray(publish(values))
    for place, byte in damage:
        data[place % len(data)] = byte
    sound_or_refused(bytes(data))


@given(st.binary(max_size=300))
def test_random_bytes_behind_a_sound_header_are_refused_or_sound(tail: bytes) -> None:
    sound_or_refused(tail)
    sound_or_refused(publish([])[:32] + tail)


def sound_or_refused(data: bytes) -> None:
    try:
        changes = read_publish(data, NOW_US).message.changes
    except (Undecodable, UaStatusCodeError):
        return
    assert all(isnan(v) if is_bad(q) else isfinite(v) for v, q in zip(changes.value, changes.quality, strict=True))
    assert len(changes.handle) == len(changes.value) == len(changes.quality) == len(changes.device_us)


def test_picoseconds_stand_behind_their_own_time_stamp() -> None:
    """OPC 10000-6, table 26; node-opcua writes it so, asyncua 2.1 does not."""
    times = (134_129_136_000_000_000, 7), (134_129_136_590_000_000, 9)
    value = struct.pack("<BBdqHqH", 0x3D, 11, 4.5, *times[0], *times[1])
    without_source = struct.pack("<BBdqHqH", 0x3D, 11, 5.5, 0, 7, *times[1])
    read = ua.ReadResponse()
    header = bytes(struct_to_binary(read))[:-8]
    columns = read_read(header + struct.pack("<i", 3) + value * 2 + without_source + struct.pack("<i", -1), NOW_US)
    assert (list(columns.value), list(columns.quality)) == ([4.5, 4.5, 5.5], [192, 192, 192])
    assert list(columns.device_us) == [1_768_440_000_000_000] * 2 + [1_768_440_059_000_000]


def test_a_refusal_keeps_its_name() -> None:
    response = ua.PublishResponse()
    response.ResponseHeader.ServiceResult = ua.StatusCode(ua.UInt32(StatusCodes.BadNoSubscription))
    with pytest.raises(BadNoSubscription):
        read_publish(bytes(struct_to_binary(response)), NOW_US)


def test_what_ends_a_subscription_is_named() -> None:
    told = ua.NotificationMessage()
    told.NotificationData = [ua.StatusChangeNotification(Status=ua.StatusCode(ua.UInt32(StatusCodes.BadTimeout)))]
    response = ua.PublishResponse()
    response.Parameters.NotificationMessage = told
    assert read_publish(bytes(struct_to_binary(response)), NOW_US).message.ended == "BadTimeout"
