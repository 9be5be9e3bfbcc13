"""Golden cases of the Modbus driver: registers and the values they hold, points and the requests that read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge.drivers.modbus.config import Limits, ModbusDevice, ModbusPoint
from edge.drivers.modbus.plan import plan
from edge.drivers.modbus.planner import Request, requests
from edge.strict import Group

GOLDEN = Path(__file__).parents[2] / "golden" / "modbus"


def cases(folder: Path, marked_by: str) -> list[Any]:
    return [pytest.param(path.parent, id=path.parent.name) for path in sorted(folder.glob(f"*/{marked_by}"))]


def on_the_wire(request: Request, start: int, values: Sequence[int]) -> bytes:
    """The bytes with which a device that holds `values` from `start` on answers."""
    asked = values[request.address - start : request.address - start + request.count]
    assert len(asked) == request.count
    if request.area in {"input", "holding"}:
        return b"".join(value.to_bytes(2, "big") for value in asked)
    return sum(bit << k for k, bit in enumerate(asked)).to_bytes(request.bytes_due, "little")


@pytest.mark.parametrize("folder", cases(GOLDEN, "answers.json"))
def test_registers_become_values(folder: Path) -> None:
    answers = json.loads((folder / "answers.json").read_text())
    points = [ModbusPoint.model_validate(raw) for raw in yaml.safe_load((folder / "points.yaml").read_text())]
    found = {}
    for request in requests(points, lambda _unit: Limits()):
        ((start, values),) = answers[request.area].items()
        told = request.decoder.values(on_the_wire(request, int(start), values))
        for point, (value, quality) in zip(request.points, told, strict=True):
            found[point.point] = [point.point, None if isnan(value) else value, quality.name]
    assert [found[point.point] for point in points] == json.loads((folder / "expected.json").read_text())


def in_a_row(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """A point, or `count` of them at addresses that follow each other."""
    count = raw.pop("count", None)
    if count is None:
        return [raw]
    return [{**raw, "point": f"{raw['point']}{k}", "address": raw["address"] + k} for k in range(count)]


@pytest.mark.parametrize("folder", cases(GOLDEN / "plans", "plan.txt"))
def test_points_become_requests_and_each_says_why(folder: Path) -> None:
    told = yaml.safe_load((folder / "device.yaml").read_text())
    groups = {name: Group.model_validate(group) for name, group in told.pop("groups").items()}
    told["points"] = [point for raw in told["points"] for point in in_a_row(raw)]
    device = ModbusDevice.model_validate({"name": "plc", "driver": "modbus", "host": "plc", **told})
    planned = plan(device.points, groups, device.limits_of)
    assert str(planned) == (folder / "plan.txt").read_text().rstrip("\n")
    facts = planned.facts()
    assert len(facts) == planned.requests_a_round == str(planned).count("\n  unit")
    assert sorted(name for fact in facts for name in fact["points"]) == sorted(p.point for p in device.points)
    if (folder / "facts.json").exists():
        assert facts == json.loads((folder / "facts.json").read_text())
