"""Responses to Publish, Republish and Read as bytes, to columns of readings.

The frame around the values is read here where it stands as all servers write it, and by asyncua where it does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.ua_binary import extensionobject_from_binary, nodeid_from_binary, struct_from_binary
from asyncua.ua.uaerrors import UaStatusCodeError

from edge.drivers.opcua.datavalues import BROKEN, Columns, Undecodable, read_values, ticks_us
from edge.drivers.opcua.decode import read_value

_HEADER = Struct("<4sqIIBi3s")
"""Type id, time, handle, result, no diagnostics, no strings, no additional header."""
_I32, _MESSAGE = Struct("<i"), Struct("<Iqi")
_DATA_CHANGE = bytes((1, 0)) + Struct("<H").pack(ObjectIds.DataChangeNotification_Encoding_DefaultBinary) + b"\1"


@dataclass(slots=True)
class Message:
    """A NotificationMessage: what changed, and its number in the subscription's row."""

    sequence: int
    published_us: int  # when the server published it; the time of receipt where it does not say
    changes: Columns = field(default_factory=Columns)
    has_data: bool = False  # else it is a keep-alive, and its number that of the next message
    ended: str = ""  # the status with which the server has ended the subscription


@dataclass(slots=True)
class Published:
    """A PublishResponse."""

    subscription: int
    available: tuple[int, ...]  # numbers that Republish still gives
    more: bool  # whether the next message waits already
    message: Message


def read_publish(data: bytes, received_us: int) -> Published:
    """Raises Undecodable, or asyncua's UaStatusCodeError when the server refused."""
    try:
        at = _after_header(data, ObjectIds.PublishResponse_Encoding_DefaultBinary)
        subscription, count = Struct("<Ii").unpack_from(data, at)
        available = Struct(f"<{max(count, 0)}I").unpack_from(data, at + 8)
        at += 8 + 4 * len(available)
        return Published(subscription, available, data[at] != 0, _message(data, at + 1, received_us))
    except BROKEN as cause:
        raise _named(cause) from cause


def read_republish(data: bytes, received_us: int) -> Message:
    """Raises as `read_publish` does; BadMessageNotAvailable where the server has it no more."""
    try:
        return _message(data, _after_header(data, ObjectIds.RepublishResponse_Encoding_DefaultBinary), received_us)
    except BROKEN as cause:
        raise _named(cause) from cause


def read_read(data: bytes, received_us: int) -> Columns:
    """The values of a Read, by their place in the request. Raises as `read_publish` does."""
    try:
        at = _after_header(data, ObjectIds.ReadResponse_Encoding_DefaultBinary)
        (count,) = _I32.unpack_from(data, at)
        return read_values(data, at + 4, count, False, received_us)[0]
    except BROKEN as cause:
        raise _named(cause) from cause


def _named(cause: Exception) -> Exception:
    """A refusal stays what it is; all else is damage."""
    return cause if isinstance(cause, UaStatusCodeError | Undecodable) else Undecodable(reason=cause)


def _after_header(data: bytes, kind: int) -> int:
    """Where the response's own part begins. Raises UaStatusCodeError for a bad result."""
    type_id, _, _, result, diagnostics, strings, additional = _HEADER.unpack_from(data)
    if type_id == b"\1\0" + kind.to_bytes(2, "little") and not diagnostics and strings <= 0 and not any(additional):
        ua.StatusCode(ua.UInt32(result)).check()
        return _HEADER.size
    buffer = Buffer(data)
    if nodeid_from_binary(buffer).Identifier != kind:
        raise Undecodable(reason="another response than was asked for")
    struct_from_binary(ua.ResponseHeader, buffer).ServiceResult.check()
    return int(buffer.cur_pos)


def _message(data: bytes, at: int, received_us: int) -> Message:
    sequence, ticks, count = _MESSAGE.unpack_from(data, at)
    message = Message(sequence, ticks_us(ticks, received_us), has_data=count > 0)
    at += _MESSAGE.size
    for _ in range(count):
        at = _notification(data, at, message, received_us)
    return message


def _notification(data: bytes, at: int, message: Message, received_us: int) -> int:
    if data[at : at + 5] != _DATA_CHANGE:
        return _odd_notification(data, at, message, received_us)
    length: int = _I32.unpack_from(data, at + 5)[0]
    begin, end = at + 9, at + 9 + length
    (count,) = _I32.unpack_from(data, begin)
    columns, reached = read_values(data, begin + 4, count, True, received_us)
    if not reached <= end <= len(data):
        raise Undecodable(reason="values run over the end of their notification")
    _append(message, columns)
    return end


def _odd_notification(data: bytes, at: int, message: Message, received_us: int) -> int:
    buffer = Buffer(data, at)
    notification = extensionobject_from_binary(buffer)
    if isinstance(notification, ua.StatusChangeNotification):
        message.ended = notification.Status.name
    elif isinstance(notification, ua.DataChangeNotification):
        columns = Columns()
        for item in notification.MonitoredItems:
            reading, status = read_value(item.Value, received_us), item.Value.StatusCode
            columns.add(item.ClientHandle, *reading, status.value if status is not None else 0)
        _append(message, columns)
    return int(buffer.cur_pos)


def _append(message: Message, columns: Columns) -> None:
    """Nearly always the message's only columns."""
    if not len(message.changes):
        message.changes = columns
        return
    for place, handle in enumerate(columns.handle):
        status = columns.status.get(place, 0)
        reading = columns.device_us[place], columns.value[place], columns.quality[place]
        message.changes.add(handle, *reading, status)
