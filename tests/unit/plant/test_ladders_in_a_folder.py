"""Ladders and shifts in a plant folder: every mistake by file and line, and regulations that demand so many people."""

from __future__ import annotations

from pathlib import Path

import pytest

from mes.notifications.roster import LadderRow
from mes.plant.check import check, read_plant
from tests.unit.plant.test_check import RIGHT

PEOPLE = """\
people:
  - {username: keeper, printed_name: {en: K, zh: 库管}, roles: [warehouse]}
  - {username: lead, printed_name: {en: L, zh: 班长}, roles: [lead]}
  - {username: qa, printed_name: {en: Q, zh: 质量}, roles: [qa]}
"""
SHIFTS = """\
shifts:
  - {code: night, name: {en: Night, zh: 夜班}, start: "20:00", end: "08:00", people: [keeper]}
"""
LADDER = """\
ladders:
  - code: cold
    name: {en: Cold, zh: 冷链}
    zones: [cold-room-1]
    rungs:
      - {after_s: 0, people: [keeper, lead]}
      - {after_s: 600, roles: [qa], channels: [sms], tell: [acknowledged]}
"""


def told(
    folder: Path, ladder: str = LADDER, *, plant: str = RIGHT, people: str = PEOPLE, shifts: str = SHIFTS
) -> list[str]:
    (folder / "plant.yaml").write_text(plant, "utf-8")
    (folder / "people.yaml").write_text(people, "utf-8")
    (folder / "shifts.yaml").write_text(shifts, "utf-8")
    (folder / "ladders.yaml").write_text(ladder, "utf-8")
    return [str(problem) for problem in check(folder)]


def test_a_right_ladder_has_no_problem_and_reads_as_it_is_written(tmp_path: Path) -> None:
    assert told(tmp_path) == []
    model = read_plant(tmp_path)
    [ladder], [shift] = model.ladders, model.shifts
    assert [rung.after_s for rung in ladder.rungs] == [0, 600]
    assert (shift.shift.start.hour, shift.shift.end.hour) == (20, 8)
    row = LadderRow.of(ladder)
    assert type(ladder).model_validate_json(row.definition) == ladder


@pytest.mark.parametrize(
    ("wrong", "right", "line", "says"),
    [
        (
            "people: [keeper, leed]",
            "people: [keeper, lead]",
            6,
            "did you mean `lead`?",
        ),
        ("roles: [qp]", "roles: [qa]", 7, "`roles` names `qp`, which nobody in `people` has"),
        ("roles: [boss]", "roles: [qa]", 7, "boss"),
        ("zones: [cold-room-9]", "zones: [cold-room-1]", 4, "`zones` names `cold-room-9`"),
        ("after_s: 0, roles: [qa]", "after_s: 600, roles: [qa]", 7, "rungs come one after the other"),
        ("after_s: 600, channels: [sms]", "after_s: 600, roles: [qa], channels: [sms]", 7, "calls nobody"),
        ("channels: [fax]", "channels: [sms]", 7, "fax"),
        ("after_s: -1", "after_s: 0", 6, "after_s"),
        ("after: 600", "after_s: 600", 7, "`after` is not known"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, wrong: str, right: str, line: int, says: str) -> None:
    assert right in LADDER
    found = told(tmp_path, LADDER.replace(right, wrong))
    assert len([each for each in found if says in each and each.startswith(f"ladders.yaml:{line}")]) == 1, found


@pytest.mark.parametrize(
    ("wrong", "right"),
    [('"25:00"', '"20:00"'), ("2000", '"20:00"'), ("[kepper]", "[keeper]"), ('"08:00+08:00"', '"08:00"')],
)
def test_a_shift_has_times_of_day_and_people_who_work_here(tmp_path: Path, wrong: str, right: str) -> None:
    [problem] = told(tmp_path, shifts=SHIFTS.replace(right, wrong))
    assert problem.startswith("shifts.yaml:2")


def test_who_administers_people_has_no_other_role(tmp_path: Path) -> None:
    problems = told(tmp_path, people=PEOPLE.replace("roles: [lead]", "roles: [admin, lead]"))
    [problem] = [each for each in problems if each.startswith("people.yaml:3")]
    assert "who administers people and keys holds no other role" in problem


def test_on_shift_needs_shifts(tmp_path: Path) -> None:
    [problem] = told(tmp_path, LADDER.replace("tell:", "on_shift: true, tell:"), shifts="shifts: []\n")
    assert "`on_shift` needs `shifts`" in problem


def gsp(packs: str) -> str:
    return RIGHT + f"    packs: [{packs}]\n"


def test_a_regulation_demands_so_many_people(tmp_path: Path) -> None:
    """Three under gsp_cn, two under cn_device_154; people count, not rungs."""
    assert told(tmp_path, plant=gsp("gsp_cn")) == []
    two = LADDER.replace("people: [keeper, lead]", "people: [keeper]").replace("roles: [qa]", "people: [keeper, lead]")
    [problem] = told(tmp_path, two, plant=gsp("gsp_cn"))
    assert problem.startswith("plant.yaml:7")
    assert "must call 3 persons at least" in problem
    assert "its ladders call 2: keeper, lead" in problem
    assert told(tmp_path, two, plant=gsp("cn_device_154")) == []
    one = LADDER.replace("people: [keeper, lead]", "people: [keeper]").replace("roles: [qa]", "people: [keeper]")
    assert len(told(tmp_path, one, plant=gsp("cn_device_154"))) == 1


def test_a_ladder_of_another_zone_or_kind_does_not_count(tmp_path: Path) -> None:
    assert len(told(tmp_path, LADDER + "    kinds: [door]\n", plant=gsp("gsp_cn"))) == 1
    assert len(told(tmp_path, "ladders: []\n", plant=gsp("gsp_cn"))) == 1
    everywhere = LADDER.replace("    zones: [cold-room-1]\n", "")
    assert told(tmp_path, everywhere, plant=gsp("gsp_cn")) == []
