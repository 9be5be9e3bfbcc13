"""What an OPC UA device's config may say, and what is said where it lacks something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

from edge.drivers.opcua.config import OpcuaDevice, mistakes
from edge.drivers.opcua.drafting import level
from edge.drivers.opcua.offers import judged
from edge.drivers.opcua.plan import plan, queue_size
from edge.strict import Group
from telemetry.clock import EPOCH

POINTS = [{"point": "hainan/filling/line-1/speed", "node": "s=Speed", "group": "line"}]


def a_device(**settings: Any) -> OpcuaDevice:
    told = {"name": "line", "driver": "opcua", "url": "opc.tcp://plc-7.plant:4840/", "points": POINTS}
    return OpcuaDevice.model_validate(told | settings)


def test_a_connection_is_encrypted_unless_told_otherwise_and_what_lacks_for_it_is_told_with_what_makes_it() -> None:
    device = a_device()
    assert (device.security, device.policy) == ("sign-and-encrypt", "Basic256Sha256")
    assert [(mistake.where, mistake.text) for mistake in mistakes(device)] == [
        (
            ("security",),
            "`security: sign-and-encrypt` needs `certificate` and `key` and `server_certificate`: `isotherm edge cert` "
            "makes the edge's own; `isotherm edge cert --server opc.tcp://plc-7.plant:4840/` fetches the server's. "
            "`security: none` opens the connection",
        )
    ]


def test_an_open_connection_and_one_with_all_its_files_are_without_mistakes() -> None:
    files = {name: Path(f"{name}.der") for name in ("certificate", "key", "server_certificate")}
    assert mistakes(a_device(security="none")) == mistakes(a_device(security="sign", **files)) == []


def test_a_node_that_is_none_is_told_with_its_place() -> None:
    points = [*POINTS, {"point": "hainan/filling/line-1/state", "node": "Line1.State", "group": "line"}]
    (mistake,) = mistakes(a_device(security="none", points=points))
    assert mistake.where == ("points", 1, "node")


def test_points_beyond_the_total_of_a_maker_are_those_that_stand_last_and_polled_ones_do_not_count() -> None:
    names = [f"hainan/filling/line-1/n{k}" for k in range(1010)]
    points = [{"point": n, "node": f"i={k + 1}", "group": "a" if k % 100 else "p"} for k, n in enumerate(names)]
    device = a_device(security="none", profile="s7-1200", points=points)
    planned = plan(device, device.points, {"a": Group(period_s=1), "p": Group(period_s=60, mode="poll")})
    assert planned.beyond == ()
    assert {len(group.points) for group in planned.groups} == {999, 11}
    everything = plan(device, device.points, {"a": Group(period_s=1), "p": Group(period_s=60)})
    assert [point.point for point in everything.beyond] == names[1000:]
    assert set(everything.addresses) == set(names)
    assert everything.facts()[-1]["kind"] == "not asked for"


@pytest.mark.parametrize(
    ("outage_s", "period_s", "places"), [(60, 1, 60), (60, 7, 9), (0, 1, 2), (1, 60, 2), (86_400, 0.1, 10_000)]
)
def test_a_queue_outlasts_the_outage_and_is_never_a_single_place(outage_s: float, period_s: float, places: int) -> None:
    assert queue_size(outage_s, period_s) == places


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("MotorCurrent", "motor-current"),
        ("PT100_Tank2", "pt-100-tank-2"),
        ("Überdruck [bar]", "uberdruck-bar"),
        ("液位", "node"),
        ("HTTPServerState", "http-server-state"),
    ],
)
def test_a_name_of_a_server_becomes_a_name_of_the_plant(called: str, name: str) -> None:
    assert level(called) == name


def test_an_offer_of_less_security_than_was_asked_for_is_judged_as_such() -> None:
    signed = ua.EndpointDescription()
    signed.SecurityMode = ua.MessageSecurityMode.Sign
    signed.SecurityPolicyUri = "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256"
    told = judged(a_device(), [signed], EPOCH)
    assert told.endswith("only sign with Basic256Sha256; security is never lowered")
