"""Policies of a plant folder: upon a pack, with regulations beside them, a pack named by a zone, mistakes by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mes.plant.check import check, read_plant
from mes.plant.policies import ALWAYS
from mes.policies.reading import policy_named
from models.policy import Level

PLANT = """\
site: {code: hainan, name: {en: Plant, zh: 工厂}}
areas:
  - {code: cold-store, name: {en: Cold store, zh: 冷库区}}
zones:
  - {code: room, area: cold-store, kind: room, policy: insulin, name: {en: Room, zh: 冷库}}
  - {code: freezer, area: cold-store, kind: freezer, policy: frozen_20, name: {en: Freezer, zh: 冷冻库}}
"""
LADDERS = """\
people:
  - {username: keeper, printed_name: {en: K, zh: 库管}, roles: [warehouse]}
  - {username: lead, printed_name: {en: L, zh: 班长}, roles: [lead]}
  - {username: qa, printed_name: {en: Q, zh: 质量}, roles: [qa]}
  - {username: qa-2, printed_name: {en: R, zh: 质量乙}, roles: [qa]}
ladders:
  - {code: all, name: {en: All, zh: 全员}, rungs: [{after_s: 0, people: [keeper, lead, qa, qa-2]}]}
"""
POLICIES = """\
policies:
  - code: insulin
    base: cold_2_8
    packs: [gsp_cn, gsp-here]
    version: 1
    effective_from: 2026-01-01T00:00:00+08:00
    reason: SOP-17
    levels:
      alarm: {high: 7.5}
      warn:
  - code: gsp-here
    base: gsp_cn@1
    version: 2
    effective_from: 2026-01-01T00:00:00+08:00
    reason: read by QA
    people: {least: 4}
"""


def told(folder: Path, policies: str) -> list[str]:
    (folder / "plant.yaml").write_text(PLANT, "utf-8")
    (folder / "ladders.yaml").write_text(LADDERS, "utf-8")
    (folder / "policies.yaml").write_text(policies, "utf-8")
    return [str(problem) for problem in check(folder)]


def test_policies_begin_with_packs_and_say_what_differs(tmp_path: Path) -> None:
    assert told(tmp_path, POLICIES) == []
    by_code = {each.code: each for each in read_plant(tmp_path).policies}
    assert set(by_code) == {"insulin", "gsp-here", "frozen_20"}
    insulin = by_code["insulin"].policy
    alarm = insulin.level(Level.ALARM)
    assert alarm is not None
    assert (alarm.low, alarm.high, alarm.citation, insulin.level(Level.WARN)) == (2, 7.5, "SOP-17", None)
    assert insulin.packs == ("gsp_cn@2", "gsp-here")  # a pack by its version; the plant's own has versions of its own
    people = by_code["gsp-here"].policy.people
    assert people is not None
    assert (people.least, people.citation, by_code["gsp-here"].policy.version) == (4, "read by QA", 2)
    freezer = by_code["frozen_20"]
    assert (freezer.policy, freezer.version, freezer.effective_from) == (policy_named("frozen_20"), 1, ALWAYS)


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        ("base: cold_2_8\n", "base: cold_28\n", 3, "`base` is `cold_28`, which is no pack; allowed: cn_device_154"),
        (
            "[gsp_cn, gsp-here]",
            "[gsp_cn, gsp-her]",
            4,
            "`packs` is `gsp-her`, which is neither in `policies` nor a pack",
        ),
        ("[gsp_cn, gsp-here]", "[gsp_cn@9]", 4, "`packs` is `gsp_cn@9`"),
        ("[gsp_cn, gsp-here]", "[insulin]", 4, "policy `insulin` names itself in `packs`"),
        ("high: 7.5", "hihg: 7.5", 9, "`hihg` is not known here"),
        ("high: 7.5", "high: 1", 9, "`low` is 2 and `high` is 1"),
        ("high: 7.5", "delay: 10", 9, "`10` is no duration: a number with its unit"),
        ("      alarm: {high: 7.5}", "      alarm:", 2, "policy `insulin` has no level `alarm`"),
        ("    version: 1\n", "", 2, "`version` is missing"),
        ("code: insulin", "code: cold_2_8", 2, "`cold_2_8` is a pack's name; give a policy of your own another `code`"),
        ("    reason: SOP-17\n", "    reason: SOP-17\n    low: 2\n", 3, "`base` is not known here"),
        ("people: {least: 4}", "people: {least: 0}", 16, "`least`: input should be greater than or equal to 1"),
        (
            "  - code: gsp-here",
            "  - code: insulin",
            11,
            "`insulin` stands twice in `policies`, first in policies.yaml:2",
        ),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, was: str, becomes: str, line: int, says: str) -> None:
    assert was in POLICIES
    problems = told(tmp_path, POLICIES.replace(was, becomes, 1))
    assert any(problem.startswith(f"policies.yaml:{line}: ") and says in problem for problem in problems), problems


def test_a_policy_with_a_mistake_makes_no_reference_to_it_wrong(tmp_path: Path) -> None:
    assert len(told(tmp_path, POLICIES.replace("high: 7.5", "hihg: 7.5"))) == 1


def test_a_zone_that_names_no_policy_and_no_pack_is_told(tmp_path: Path) -> None:
    problems = told(tmp_path, POLICIES.replace("code: insulin", "code: insulins"))
    assert [problem.split(": ")[0] for problem in problems] == ["plant.yaml:5"]
    assert "did you mean `insulins`?" in problems[0]
