"""When an edge counts as healthy after a change: pure, from one look before and one after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.config import BufferConfig, EdgeConfig
from edge.driver import DriverHealth, Link
from edge.drivers.modbus.config import ModbusDevice
from edge.remote.trial import Before, Look, unchanged, wanting
from edge.strict import Group
from edge.uplink.config import UplinkConfig

ROOM = "hainan/cold-store/cold-room-1"
APPLIED_S = 100.0


def health(link: Link = Link.CONNECTED, reason: str = "", **points: str) -> DriverHealth:
    return DriverHealth(link, reason, None, None, points)


def a_look(*, uplink: bool = True, heard_s: float = 101.0, **devices: DriverHealth) -> Look:
    reason = "" if uplink else "no route"
    return Look(102.0, uplink, reason, devices, {f"{ROOM}/air-1": heard_s, f"{ROOM}/air-2": heard_s})


def before(**devices: DriverHealth) -> Before:
    connected = frozenset(name for name, each in devices.items() if each.link is Link.CONNECTED)
    flowing = {"plc": frozenset({f"{ROOM}/air-1", f"{ROOM}/air-2"})}
    return Before(replace(a_look(heard_s=99.0), devices=devices), connected, flowing)


def test_all_as_before_is_healthy() -> None:
    assert wanting(before(plc=health()), a_look(plc=health()), APPLIED_S) == []


@pytest.mark.parametrize("link", [Link.LOST, Link.CONNECTING, Link.DEGRADED])
def test_a_device_that_was_connected_has_to_be_so_again(link: Link) -> None:
    (reason,) = wanting(before(plc=health()), a_look(plc=health(link, "cable")), APPLIED_S)
    assert reason == f"plc was connected and is {link}: cable"
    assert wanting(before(plc=health(Link.LOST)), a_look(plc=health(link, "cable")), APPLIED_S) == []


def test_a_device_that_was_taken_out_is_not_missed() -> None:
    was = before(plc=health(), old=health())
    assert wanting(was, a_look(plc=health()), APPLIED_S) == []


def test_a_new_device_that_answered_has_to_be_reached() -> None:
    was = before(plc=health())
    asked = replace(was, connected=was.connected | {"new"})
    (reason,) = wanting(asked, a_look(plc=health(), new=health(Link.CONNECTING)), APPLIED_S)
    assert reason.startswith("new was connected")


def test_the_connection_to_the_plant_must_not_be_lost_by_it() -> None:
    (reason,) = wanting(before(plc=health()), a_look(uplink=False, plc=health()), APPLIED_S)
    assert reason == "the connection to the plant is lost: no route"
    was = before(plc=health())
    offline = replace(was, look=replace(was.look, uplink=False))
    assert wanting(offline, a_look(uplink=False, plc=health()), APPLIED_S) == []


def test_readings_of_what_did_not_change_have_to_flow() -> None:
    (reason,) = wanting(before(plc=health()), a_look(heard_s=99.9, plc=health()), APPLIED_S)
    assert reason == f"plc: no reading came since of what did not change, {ROOM}/air-1 for example"
    silent = replace(before(plc=health()), flowing={})
    assert wanting(silent, a_look(heard_s=99.9, plc=health()), APPLIED_S) == []


def test_a_point_that_can_no_longer_be_read_is_told_with_its_reason() -> None:
    was = before(plc=health(known="always so"))
    now = a_look(plc=health(known="always so", fresh="exception 2"))
    assert wanting(was, now, APPLIED_S) == ["plc: fresh can't be read: exception 2"]


def a_config(*points: dict[str, object]) -> EdgeConfig:
    facts = {"name": "plc", "driver": "modbus", "host": "plc", "points": list(points)}
    uplink = UplinkConfig(url="nats://plant")
    buffer = BufferConfig.model_validate({"folder": "/var/edge"})
    return EdgeConfig("e", "hainan", uplink, buffer, {"g": Group(period_s=1)}, (ModbusDevice.model_validate(facts),))


def test_a_point_is_the_same_only_where_all_of_it_is() -> None:
    first = {"point": f"{ROOM}/air-1", "area": "input", "address": 1, "type": "int16", "group": "g"}
    second = first | {"point": f"{ROOM}/air-2", "address": 2}
    moved = second | {"address": 3}
    assert unchanged(a_config(first, second), a_config(first, moved)) == {"plc": frozenset({f"{ROOM}/air-1"})}
