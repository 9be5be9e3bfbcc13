"""A config with mistakes: each is told with its line, all at once, with what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.config import BadConfig, EdgeConfig, load
from edge.config_names import may_be_one
from edge.drivers import DRIVERS
from edge.strict import Group
from telemetry.clock import SystemClock

ROOT = Path(__file__).parents[3]
ENVIRON = {
    "OPCUA_URL": "opc.tcp://127.0.0.1:4840/",
    "MODBUS_HOST": "127.0.0.1",
    "MODBUS_PORT": "502",
    "SCALE_HOST": "127.0.0.1",
    "SCALE_PORT": "503",
    "MQTT_HOST": "127.0.0.1",
    "MQTT_PORT": "1883",
    "NATS_URL": "nats://127.0.0.1:4222",
    "VAR": "var",
}
HEAD = """\
edge: edge-line
site: hainan
uplink: {url: "nats://127.0.0.1:4222"}
buffer: {folder: var}
groups: {line: {period_s: 1, class: process}}
devices:
  - name: plc
    driver: modbus
    host: 127.0.0.1
    points:
"""
GOOD = "      - {point: hainan/a/b/c, area: input, address: 1, type: int16, group: line}\n"


def problems(tmp_path: Path, text: str, **environ: str) -> list[str]:
    path = tmp_path / "edge.yaml"
    path.write_text(text)
    with pytest.raises(BadConfig) as refused:
        load(path, environ)
    return [f"{problem.line}: {problem.text}" for problem in refused.value.problems]


def all_plans(config: EdgeConfig) -> dict[str, str]:
    addresses: dict[str, str] = {}
    for device in config.devices:
        driver = DRIVERS[device.driver].make(device, SystemClock(), False)
        addresses |= driver.plan(device.points, config.groups).addresses
    return addresses


def test_the_demo_plants_edges_read_75_points() -> None:
    folder = ROOT / "isotherm" / "plants" / "demo" / "edges"
    configs = [load(path, ENVIRON) for path in sorted(folder.glob("*.yaml"))]
    assert [config.edge for config in configs] == ["edge-cold-store", "edge-fleet", "edge-line"]
    assert [len(all_plans(config)) for config in configs] == [40, 16, 19]


@pytest.mark.parametrize("driver", sorted(DRIVERS))
def test_each_drivers_sample_is_without_mistakes(driver: str) -> None:
    config = load(ROOT / "edge" / "drivers" / driver / "sample.yaml", ENVIRON)
    assert {device.driver for device in config.devices} == {driver}
    assert all_plans(config)


def test_a_typo_in_a_key_is_told_with_the_word_that_was_meant(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, HEAD + GOOD.replace("group: line", "group: line, sclae: 0.1"))
    assert found.startswith("11: `sclae` is not known here; allowed: point, group, screening, limits, unit, area")
    assert found.endswith("; did you mean `scale`?")


def test_a_typo_in_a_word_is_told_with_what_is_allowed(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, HEAD + GOOD.replace("input", "inptu"))
    assert found == "11: `area` is `inptu`; allowed: input, holding, discrete, coil; did you mean `input`?"


def test_a_point_may_stand_only_once(tmp_path: Path) -> None:
    assert problems(tmp_path, HEAD + GOOD + GOOD) == ["12: point `hainan/a/b/c` stands twice, first on line 11"]


@pytest.mark.parametrize("bound", ["max_days: 1e9", "max_mb: 1e18"])
def test_a_buffers_bound_is_one(tmp_path: Path, bound: str) -> None:
    (told,) = problems(tmp_path, HEAD.replace("folder: var", f"folder: var, {bound}") + GOOD)
    assert told.startswith(f"4: `{bound.split(':')[0]}`: input should be less than or equal to")


LOGGERS = """\
  - name: %s
    driver: mqtt
    host: 127.0.0.1
    client_id: %s
    points:
      - {point: "%s", topics: "%s", group: line}
"""


def test_topics_of_one_device_can_not_name_a_point_of_another(tmp_path: Path) -> None:
    loggers = LOGGERS % ("loggers", "a", "hainan/a/{1}/c", "rooms/+")
    others = LOGGERS % ("others", "b", "hainan/{1}/b/c", "halls/+")
    assert problems(tmp_path, HEAD + GOOD + loggers + others) == [
        "17: `hainan/a/{1}/c` can become `hainan/a/b/c`, which is a point of device `plc`",
        "23: `hainan/{1}/b/c` can become `hainan/a/b/c`, which is a point of device `plc`",
        "23: `hainan/{1}/b/c` can become `hainan/a/{1}/c`, which is a point of device `loggers`",
    ]


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("s/a/{1}/t", "s/a/b/t", True),
        ("s/a/{1}/t", "s/b/b/t", False),
        ("s/a/truck-{1}/t", "s/a/truck-7/t", True),
        ("s/a/truck-{1}/t", "s/a/truck-/t", False),
        ("s/a/truck-{1}/t", "s/a/van-7/t", False),
        ("s/a/truck-{1}/t", "s/a/{1}-7/t", True),
        ("s/a/truck-{1}/t", "s/a/van-{1}/t", False),
        ("s/a/{1}-air/t", "s/a/{1}-door/t", False),
        ("s/{1}/b/{2}", "s/a/{1}/c", True),
    ],
)
def test_whether_two_names_may_come_to_be_one(one: str, other: str, may: bool) -> None:
    assert may_be_one(one, other) is may
    assert may_be_one(other, one) is may


def test_a_point_is_named_as_points_are_and_belongs_to_the_site(tmp_path: Path) -> None:
    bad = HEAD + GOOD.replace("hainan/a/b/c", "Hainan/A") + GOOD.replace("hainan", "oslo")
    told = problems(tmp_path, bad)
    assert told[0].startswith("11: `point`: `Hainan/A` is no point")
    assert told[1] == "12: point `oslo/a/b/c` is not of site `hainan`"


def test_a_group_must_exist(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, HEAD + GOOD.replace("group: line", "group: lime"))
    assert found == "11: there is no group `lime`; allowed: line; did you mean `line`?"


def test_an_unknown_driver_is_told_with_those_that_exist(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, HEAD.replace("driver: modbus", "driver: modbsu") + GOOD)
    assert found == "8: `driver` must name a driver; allowed: opcua, modbus, mqtt; did you mean `modbus`?"


def test_a_driver_adds_what_does_not_fit_together(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, HEAD + GOOD.replace("address: 1, type: int16", "address: 65535, type: float32"))
    assert found == "11: `float32` at 65535 reaches beyond 65535"


def test_a_number_may_come_from_the_environment_or_from_a_default(tmp_path: Path) -> None:
    path = tmp_path / "edge.yaml"
    path.write_text(HEAD.replace("driver: modbus", "driver: modbus\n    port: ${PORT:-1502}") + GOOD)
    assert load(path, {}).devices[0].model_dump()["port"] == 1502
    assert load(path, {"PORT": "1503"}).devices[0].model_dump()["port"] == 1503


@pytest.mark.parametrize(
    "text", ["", "[]", "just words", "a: [", "\t", "a: &x [*x]", "!!python/none x", "a: 1\n---\nb: 2"]
)
def test_what_is_no_config_at_all_is_refused_with_a_word(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="can't be read"):
        load(tmp_path / "none.yaml", {})


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    bad = (
        HEAD.replace("period_s: 1", "period_s: often")
        .replace("nats://", "http://")
        .replace("host: 127.0.0.1", "hots: x")
    )
    assert [found.split(":")[0] for found in problems(tmp_path, bad + GOOD + GOOD)] == ["3", "5", "7", "9", "12"]


def test_cold_chain_is_told_every_minute_whatever_screens_it(tmp_path: Path) -> None:
    silent = "screening: {mode: deadband, absolute: 0.5, max_interval_s: 300}"
    cold = HEAD.replace("class: process", f"class: cold-chain, {silent}")
    assert problems(tmp_path, cold + GOOD) == [
        "5: `max_interval_s` is 300; a cold-chain point is told every 60 s at least"
    ]
    own = HEAD.replace("process", "cold-chain") + GOOD.replace("group: line", f"group: line, {silent}")
    assert [found[:31] for found in problems(tmp_path, own)] == ["11: `max_interval_s` is 300; a "]
    path = tmp_path / "edge.yaml"
    path.write_text(HEAD + GOOD.replace("group: line", f"group: line, {silent}"))
    (point,) = load(path, {}).devices[0].points
    assert point.rule(Group(period_s=1)).screening.max_interval_s == 300  # of class process it may be


@pytest.mark.parametrize(
    ("screening", "told"),
    [
        ("{mode: deadband}", "mode `deadband` needs either `absolute`, or `percent` with `range`"),
        ("{mode: deadband, percent: 2}", "`percent` and `range` go together"),
        ("{mode: deadband, percent: 2, range: [5, 5]}", "`range` goes from the lowest to the highest value: [0, 50]"),
        ("{mode: swinging-door, absolute: 2}", "mode `swinging-door` has no `absolute`"),
        ("{mode: swinging-door}", "mode `swinging-door` needs `deviation`"),
        ("{deviation: 1}", "mode `raw` has no `deviation`"),
    ],
)
def test_a_screening_that_does_not_fit_together_is_told_in_a_sentence(
    tmp_path: Path, screening: str, told: str
) -> None:
    text = HEAD + GOOD.replace("group: line", f"group: line, screening: {screening}")
    assert problems(tmp_path, text) == [f"11: `screening`: {told}"]


def test_limits_ascend(tmp_path: Path) -> None:
    text = HEAD + GOOD.replace("group: line", "group: line, limits: [8.0, 2.0]")
    assert problems(tmp_path, text) == ["11: `limits`: limits ascend: [2.0, 8.0]"]


def test_a_device_is_named_shortly_enough_for_the_edges_own_points(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, HEAD.replace("name: plc", f"name: {'p' * 49}") + GOOD)
    assert found.startswith("7: `name`: a device's name is a part of points' names")


def test_two_configs_are_told_apart_by_their_digest_however_they_are_laid_out(tmp_path: Path) -> None:
    path = tmp_path / "edge.yaml"
    digests = []
    for text in (HEAD + GOOD, "# a remark\n" + HEAD + GOOD, HEAD + GOOD.replace("address: 1", "address: 2")):
        path.write_text(text)
        digests.append(load(path, {}).digest)
    assert digests[0] == digests[1] != digests[2]
