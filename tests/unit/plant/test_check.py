"""A plant folder with mistakes: each is told with file and line, what is wrong and what is allowed, all at once."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from pydantic import BaseModel

from mes.plant.check import PlantFolderWrong, check, read_plant
from mes.plant.folder import SECTIONS
from mes.plant.rows import PointRow, wanted
from mes.plant.words import PointWords, SiteWords

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"

RIGHT = """\
site:
  code: hainan
  name: {en: Plant, zh: 工厂}
areas:
  - {code: cold-store, name: {en: Cold store, zh: 冷库区}}
zones:
  - {code: cold-room-1, area: cold-store, kind: room, policy: cold-2-8, name: {en: Room, zh: 冷库}}
equipment:
  - code: cold-room-1
    area: cold-store
    kind: room
    name: {en: Room, zh: 冷库}
    zone: cold-room-1
    points:
      - {measure: air-1, role: air, unit: Cel, name: {en: Air, zh: 空气}}
      - {measure: door, role: door, unit: "1", name: {en: Door, zh: 门}}
policies:
  - code: cold-2-8
    title: {en: Cold, zh: 冷藏}
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    reason: labels
    low: 2
    high: 8
    delay_s: 600
    deadband: 0.5
"""


def told(folder: Path, text: str) -> list[str]:
    (folder / "plant.yaml").write_text(text, "utf-8")
    return [str(problem) for problem in check(folder)]


def test_a_right_folder_has_no_problem(tmp_path: Path) -> None:
    assert told(tmp_path, RIGHT) == []


def test_the_demo_plant_is_right_and_has_its_61_points() -> None:
    assert check(DEMO) == []
    points = [row for row in wanted(read_plant(DEMO)) if isinstance(row, PointRow)]
    assert len({point.name for point in points}) == 75
    judged = {point.name.split("/")[2]: point.policy for point in points if point.policy}
    assert judged == {
        "cold-room-1": "cold-2-8",
        "cold-room-2": "cold-2-8",
        "freezer-1": "frozen-20",
        "truck-1": "cold-2-8",
        "truck-2": "cold-2-8",
    }
    assert {point.measure for point in points if point.policy} == {"air-1", "air-2"}


def test_the_demos_edges_read_exactly_the_demos_points() -> None:
    configs = [yaml.safe_load(path.read_text("utf-8")) for path in (DEMO / "edges").glob("*.yaml")]
    read = [point["point"] for config in configs for device in config["devices"] for point in device["points"]]
    points = [row.name for row in wanted(read_plant(DEMO)) if isinstance(row, PointRow)]
    assert sorted(read) == sorted(points)


def test_every_word_of_a_folder_stands_in_its_readme() -> None:
    readme = (DEMO.parent / "README.md").read_text("utf-8")
    entries: list[type[BaseModel]] = [*SECTIONS.values(), SiteWords, PointWords]
    told = {name for entry in entries for name in entry.model_fields} | set(SECTIONS)
    assert {name for name in told if f"`{name}`" not in readme} == set()


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        ("kind: room, policy", "knid: room, policy", 7, ["`kind` is missing", "did you mean `kind`?"]),
        ("kind: room, policy", "kind: rooom, policy", 7, ["`kind` is `rooom`", "did you mean `room`?"]),
        (
            "policy: cold-2-8,",
            "policy: cold-2-9,",
            7,
            ["neither in `policies` nor a pack; allowed: cold-2-8, cn_device_154", "did you mean `cold-2-8`?"],
        ),
        ("area: cold-store, kind", "area: cold-stor, kind", 7, ["not in `areas`; allowed: cold-store"]),
        (
            "    zone: cold-room-1",
            "    zone: cold-room-7",
            13,
            ["`zone` is `cold-room-7`", "did you mean `cold-room-1`?"],
        ),
        ("unit: Cel", "unit: C", 15, ["unit `C` is not known; allowed: Cel, K, %"]),
        ("unit: Cel", 'unit: "%"', 15, ["is in `%`, but policy `cold-2-8` judges `Cel`"]),
        ("measure: air-1", "measure: Air 1", 15, ["`Air 1` is no name"]),
        ("measure: door", "measure: air-1", 16, ["`air-1` stands twice in `points`, first on line 15"]),
        ("{en: Door, zh: 门}", "{en: Door}", 16, ["`zh` is missing"]),
        ("low: 2", "low: 9", 23, ["`low` is 9 and `high` is 8; `low` must lie below `high`"]),
        ("high: 8", "high: 2", 23, ["`low` is 2 and `high` is 2"]),
        ("low: 2", "low: 2\n    critical_low: 3", 24, ["`critical_low` is 3 and `low` is 2"]),
        ("deadband: 0.5", "deadband: 7", 26, ["`deadband` is 7; allowed: at most the distance"]),
        ("deadband: 0.5", "deadband: -1", 26, ["greater than or equal to 0, not `-1`"]),
        ("delay_s: 600", "delay_s: ten minutes", 25, ["valid number"]),
        ("effective_from: 2020-01-01T00:00:00Z", "effective_from: 2020-01-01", 21, ["`effective_from`"]),
        ("    low: 2\n    high: 8\n", "", 18, ["neither `low` nor `high`"]),
        ("zones:\n", "zons:\n", 6, ["section `zons` is not known", "did you mean `zones`?"]),
        ("  code: hainan", "  code: hainan\n  code: haikou", 3, ["`code` stands twice, first on line 2"]),
        ("site:\n", "site:\n  time_zone: Asia/Haikou\n", 2, ["time zone `Asia/Haikou` is not known"]),
        ("    kind: room\n", "    kind: room\n    parent: cold-store/cold-room-1\n", 12, ["leads in a circle"]),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, was: str, becomes: str, line: int, says: list[str]) -> None:
    assert was in RIGHT
    problems = told(tmp_path, RIGHT.replace(was, becomes, 1))
    there = [problem for problem in problems if problem.startswith(f"plant.yaml:{line}: ")]
    for words in says:
        assert any(words in problem for problem in there), problems


def test_all_mistakes_are_told_at_once_and_none_twice(tmp_path: Path) -> None:
    text = RIGHT.replace("unit: Cel", "unit: C").replace("low: 2", "low: 9").replace("kind: room\n", "kind: shed\n")
    problems = told(tmp_path, text)
    assert [problem.split(":")[1] for problem in problems] == ["11", "15", "23"]


def test_an_entry_that_is_wrong_does_not_make_references_to_it_wrong(tmp_path: Path) -> None:
    problems = told(tmp_path, RIGHT.replace("deadband: 0.5", "deadband: wide"))
    assert len(problems) == 1


def test_a_point_may_have_a_policy_of_its_own(tmp_path: Path) -> None:
    text = RIGHT.replace("unit: Cel, name", "unit: Cel, policy: narrow, name")
    assert told(tmp_path, text + RIGHT[RIGHT.index("  - code: cold-2-8") :].replace("cold-2-8", "narrow")) == []
    points = [row for row in wanted(read_plant(tmp_path)) if isinstance(row, PointRow)]
    assert {point.measure: point.policy for point in points} == {"air-1": "narrow", "door": None}


def test_a_name_in_two_files_is_told_with_both(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("areas:\n  - {code: cold-store, name: {en: A, zh: 甲}}\n", "utf-8")
    assert told(tmp_path, RIGHT) == ["plant.yaml:5: `cold-store` stands twice in `areas`, first in more.yaml:2"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no file has a section `site`"),
        ("- 1\n- 2\n", "a file is a mapping of sections"),
        ("site: [\n", "this is not YAML"),
        ("site: hainan\n", "`the entry`"),
        ("zones: {}\n", "`zones` must be a list"),
        ("site:\n  code: &a [*a]\n", ""),
        ("items:\n  - {code: !!python/object:os.system x}\n", "could not determine a constructor"),
    ],
)
def test_what_is_no_plant_at_all_is_a_problem_and_no_crash(tmp_path: Path, text: str, says: str) -> None:
    problems = told(tmp_path, text)
    assert problems
    assert says in "\n".join(problems)


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    assert [problem.text for problem in check(tmp_path / "nowhere")] == ["the folder has no *.yaml file"]


def test_files_of_the_edges_are_not_the_plants(tmp_path: Path) -> None:
    (tmp_path / "edges").mkdir()
    (tmp_path / "edges" / "edge.yaml").write_text("devices: []\n", "utf-8")
    assert told(tmp_path, dedent(RIGHT)) == []


def test_a_wrong_folder_can_not_be_read(tmp_path: Path) -> None:
    told(tmp_path, RIGHT.replace("low: 2", "low: 9"))
    with pytest.raises(PlantFolderWrong) as refused:
        read_plant(tmp_path)
    assert [problem.line for problem in refused.value.problems] == [23]
