"""A YAML file that a person wrote is read to its end, and each mistake in it is told with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from telemetry.lines import Document, read


def read_text(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Document:
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return read(path, path.name, environ)


def told(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    return [str(problem) for problem in read_text(folder, text, environ).problems]


def test_a_file_becomes_plain_values(tmp_path: Path) -> None:
    document = read_text(tmp_path, "site: hainan\nrooms: [{high: 8}, {high: 8.5, 7: '7'}]\nmade: 2026-01-15\n")
    assert document.problems == []
    assert document.data["rooms"] == [{"high": 8}, {"high": 8.5, "7": "7"}]
    assert document.data["made"].isoformat() == "2026-01-15"


def test_each_value_is_found_on_its_line_and_a_missing_one_on_that_of_what_is_around_it(tmp_path: Path) -> None:
    document = read_text(tmp_path, "site: hainan\nrooms:\n  - high: 8\n    low: 2\n  - high: 9\n")
    wheres = [("site",), ("rooms", 0, "low"), ("rooms", 1, "high"), ("rooms", 1, "low", "unit"), ("zones",)]
    assert [document.line(where) for where in wheres] == [1, 4, 5, 5, 1]


def test_keys_that_stand_twice_are_all_told_and_the_first_counts(tmp_path: Path) -> None:
    document = read_text(tmp_path, "site: hainan\nsite: oslo\nroom: {high: 8,\n  high: 9}\n")
    assert [str(problem) for problem in document.problems] == [
        "config.yaml:2: `site` stands twice, first on line 1",
        "config.yaml:4: `high` stands twice, first on line 3",
    ]
    assert document.data == {"site": "hainan", "room": {"high": 8}}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("site: hainan\nrooms: [\n", 3, "this is not YAML"),
        ("\t", 1, "this is not YAML"),
        ("a: 1\n---\nb: 2\n", 2, "this is not YAML: but found another document"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, "could not determine a constructor"),
        ("a: 2026-13-45\n", 1, "this is not YAML: month must be in 1..12"),
        ("a: &around [*around]\n", 1, "nested too deeply"),
        ("[" * 30 + "]" * 30, 1, "nested too deeply"),
        ("[" * 5_000 + "]" * 5_000, 1, "this is not YAML"),
        ("a: \x00\n", 1, "the file can't be read: unacceptable character"),
    ],
)
def test_what_is_not_yaml_is_a_problem_and_no_crash(tmp_path: Path, text: str, line: int, says: str) -> None:
    (problem,) = told(tmp_path, text)
    assert problem.startswith(f"config.yaml:{line}: ")
    assert says in problem


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "picture.yaml").write_bytes(b"\x89PNG\xff")
    for name in ("none.yaml", "picture.yaml"):
        (problem,) = read(tmp_path / name, name).problems
        assert str(problem).startswith(f"{name}:1: the file can't be read: ")


def test_a_variable_takes_its_type_from_what_the_environment_says_unless_quoted(tmp_path: Path) -> None:
    text = "port: ${PORT}\nspoken: '${PORT}'\nhost: plc-${LINE:-1}.plant\n"
    assert read_text(tmp_path, text, {"PORT": "1503"}).data == {"port": 1503, "spoken": "1503", "host": "plc-1.plant"}


def test_what_the_environment_lacks_is_told_at_its_line(tmp_path: Path) -> None:
    document = read_text(tmp_path, "site: hainan\nhost: ${PLC}\n", {})
    assert document.problems == []  # not wrong in itself: it may be set where the file is for
    assert [str(problem) for problem in document.lacking] == [
        "config.yaml:2: the environment has no PLC; set it, or write ${PLC:-default}"
    ]
    assert document.unset == {("host",)}


def test_without_an_environment_a_variable_stays_as_it_is_written(tmp_path: Path) -> None:
    document = read_text(tmp_path, "reason: costs ${PRICE}\n")
    assert (document.data, document.problems) == ({"reason": "costs ${PRICE}"}, [])
