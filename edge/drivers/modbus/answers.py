"""Requests of the four functions that read, and their answers as bytes: pymodbus would make a list of each register.

Kept as bytes, the values of a whole answer are decoded by one call (`decode.py`).
"""

from __future__ import annotations

from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from edge.drivers.modbus.planner import Request

_REQUESTS = {
    "coil": ReadCoilsRequest,
    "discrete": ReadDiscreteInputsRequest,
    "holding": ReadHoldingRegistersRequest,
    "input": ReadInputRegistersRequest,
}


class Answer(ModbusPDU):
    """What all answers look like: a count of bytes, and the bytes."""

    rtu_byte_count_pos = 2
    data = b""

    def decode(self, data: bytes) -> None:
        """Take the values' bytes; whether they are as many as were due, the line knows."""
        self.data = data[1 : 1 + data[0]] if data else b""


class Coils(Answer):
    """Answer of function 1."""

    function_code = 1


class DiscreteInputs(Answer):
    """Answer of function 2."""

    function_code = 2


class HoldingRegisters(Answer):
    """Answer of function 3."""

    function_code = 3


class InputRegisters(Answer):
    """Answer of function 4."""

    function_code = 4


ANSWERS: tuple[type[Answer], ...] = (Coils, DiscreteInputs, HoldingRegisters, InputRegisters)


def pdu_for(request: Request) -> ModbusPDU:
    """What is sent for a request."""
    return _REQUESTS[request.area](address=request.address, count=request.count, dev_id=request.unit)
