"""Policy files of one's own: upon a base, whole, and with mistakes that are told by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mes.policies.document import PolicyWrong, content_sha256, document_of, policy_of, sound
from mes.policies.reading import PolicyFileWrong, PolicyUnknown, names, policy_named, read_policy
from mes.policies.words import duration, seconds
from models.policy import Level


def told(folder: Path, text: str) -> list[str]:
    file = folder / "own.yaml"
    file.write_text(text, "utf-8")
    try:
        read_policy(file)
    except PolicyFileWrong as wrong:
        return [str(problem).removeprefix(f"{folder}/") for problem in wrong.problems]
    return []


def test_a_file_upon_a_base_says_only_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "insulin.yaml"
    file.write_text(
        "base: cold_2_8\ncitation: SOP-17\nlevels:\n  alarm: {high: 7.5}\n  warn:\nrate:\npacks: [gsp_cn]\n"
    )
    policy, base = read_policy(file), policy_named("cold_2_8")
    alarm, was = policy.level(Level.ALARM), base.level(Level.ALARM)
    assert alarm is not None
    assert was is not None
    assert (alarm.low, alarm.high, alarm.high_delay_s) == (was.low, 7.5, 600)
    assert alarm.citation == "SOP-17"  # who changes a figure answers for it
    assert policy.level(Level.CRITICAL) == base.level(Level.CRITICAL)  # with the base's own citation
    assert (policy.level(Level.WARN), policy.rate, policy.packs) == (None, None, ("gsp_cn",))
    assert policy.cumulative == base.cumulative
    assert (policy.code, policy.version) == ("insulin", 1)


def test_a_figure_that_is_changed_needs_no_confirming_by_the_base(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("base: gsp_cn\ncitation: read by QA on 2026-01-03\ncalibration: {every_days: 180}\n")
    calibration = read_policy(file).calibration
    assert calibration is not None
    assert (calibration.every_days, calibration.confirm) == (180, False)
    assert calibration.citation == "read by QA on 2026-01-03"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("base: cold_28\n", "own.yaml:1: `base` is `cold_28`, which is no pack"),
        ("base: cold_2_8@7\n", "own.yaml:1: `base` is `cold_2_8@7`, which is no pack"),
        ("base: cold_2_8\nlevels:\n  alrm: {high: 8}\n", "own.yaml:3: `alrm` is not known here; allowed: warn, alarm"),
        ("base: cold_2_8\nlevels:\n  alarm: {high: 1}\n", "own.yaml:3: `low` is 2 and `high` is 1"),
        ("base: cold_2_8\nlevels:\n  alarm:\n    delay: 10\n", "own.yaml:4: `delay`: `10` is no duration"),
        (
            "base: cold_2_8\nlevels:\n  critical: {high: 7}\n",
            "own.yaml:3: `high` of `critical` is 7; allowed: 8 or more",
        ),
        ("base: cold_2_8\ndeadband: 7\n", "`deadband` is 7; at level `alarm` it must fit between `low` and `high`"),
        ("base: cold_2_8\nrate:\n  per_h: 0\n", "own.yaml:3: `per_h`: input should be greater than 0"),
        ("base: cold_2_8\nescalation: {rungs: [10m, 0m]}\n", "own.yaml:2: `rungs` must grow"),
        (
            "base: cold_2_8\ncumulative:\n  - {side: high, limit: 8, allowed: 2d, window: 24h}\n",
            "own.yaml:3: `allowed` is longer than `window`",
        ),
        ("deadband: 0.5\nlevels:\n  warn: {delay: 5m}\n", "own.yaml:3: `warn` has neither `low` nor `high`"),
        ("levels: {alarm: {high: 8}}\n", "own.yaml:1: `deadband` is missing"),
        ("base: cold_2_8\nunit: F\n", "own.yaml:2: `unit`: unit `F` is not known"),
        ("policies:\n  - {code: x}\n", "own.yaml:1: this is a part of a plant folder"),
        ("- base\n", "own.yaml:1: a policy is a mapping of sections"),
        ("base: [\n", "own.yaml:2: this is not YAML"),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, text: str, problem: str) -> None:
    assert any(problem in line for line in told(tmp_path, text)), told(tmp_path, text)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    lines = told(tmp_path, "base: cold_2_8\nlevels:\n  alarm: {dealy: 3m}\nrate: {per_h: 0, over: 5}\nfoo: 1\n")
    assert [line.split(":")[1] for line in lines] == ["3", "4", "4", "5"]


def test_a_pack_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(PolicyUnknown) as refused:
        policy_named("gsp")
    assert refused.value.facts["known"] == ", ".join(names())
    with pytest.raises(PolicyUnknown):
        policy_named("gsp_cn@x")


def test_a_document_comes_back_as_it_was_and_has_one_hash() -> None:
    for name in names():
        policy = policy_named(name)
        assert policy_of(document_of(policy)) == policy
    assert len({content_sha256(policy_named(name)) for name in names()}) == len(names())


@pytest.mark.parametrize("change", [{"foo": 1}, {"deadband": "wide"}, {"levels": [{"level": "worst"}]}])
def test_a_document_that_is_no_policy_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(PolicyWrong):
        policy_of(document_of(policy_named("cold_2_8")) | change)


TWICE = {"levels": [{"level": "alarm", "high": high, "citation": "label"} for high in (8, 9)]}


@pytest.mark.parametrize(
    "change",
    [{"deadband": -1}, {"completeness": 2}, {"stale_s": 0}, {"power_s": float("inf")}, {"resolution": "0"}, TWICE],
)
def test_figures_that_make_no_sense_are_refused_from_programs_too(change: dict[str, object]) -> None:
    with pytest.raises(PolicyWrong):
        sound(policy_of(document_of(policy_named("cold_2_8")) | change))


@pytest.mark.parametrize(
    ("text", "length_s"),
    [("90s", 90), ("10m", 600), ("24h", 86_400), ("36h", 129_600), ("30d", 2_592_000), ("1h30m", 5400)],
)
def test_durations_are_read_and_written_alike(text: str, length_s: float) -> None:
    assert seconds(text) == length_s
    assert seconds(duration(length_s)) == length_s


@pytest.mark.parametrize("text", ["10", "10 m", "m", "-5m", "1.5.2h", "", "10min"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        seconds(text)
