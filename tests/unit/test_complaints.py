"""What doesn't fit a model is told in a sentence, at its line, with what would fit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from telemetry.complaints import complain, near
from telemetry.lines import read


def _written(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


class Probe(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["air", "product", "door"]
    high: float = Field(default=8, ge=0)
    lane: str = Field(default="process", alias="class")


class Room(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: Annotated[str, AfterValidator(_written)]
    spare: Probe | None = None
    probes: tuple[Probe, ...] = Field(default=(), min_length=1)
    named: dict[Annotated[str, AfterValidator(_written)], Probe] = {}


ROOM_HAS = "allowed: title, spare, probes, named"
PROBE_HAS = "allowed: kind, high, class"


def told(folder: Path, text: str, *where: str | int) -> list[str]:
    path = folder / "room.yaml"
    path.write_text(text, "utf-8")
    document = read(path, path.name, {})
    part: Any = document.data
    for step in where:
        part = part[step]
    with pytest.raises(ValidationError) as refused:
        Room.model_validate(part)
    complain(document, Room, refused.value, where)
    return [f"{problem.line}: {problem.text}" for problem in document.problems]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "1: `title` is missing"),
        ("title: ' '", "1: `title`: must not be empty"),
        ("title: A\ntilte: B", f"2: `tilte` is not known here; {ROOM_HAS}; did you mean `title`?"),
        ("title: A\nspare:\n  kind: air\n  hgih: 3", f"4: `hgih` is not known here; {PROBE_HAS}; did you mean `high`?"),
        (
            "title: A\nprobes:\n- {kind: air, clas: x}",
            f"3: `clas` is not known here; {PROBE_HAS}; did you mean `class`?",
        ),
        (
            "title: A\nnamed:\n  a: {kind: air, hgih: 3}",
            f"3: `hgih` is not known here; {PROBE_HAS}; did you mean `high`?",
        ),
        ("title: A\nspare:\n  kind: dor", "3: `kind` is `dor`; allowed: air, product, door; did you mean `door`?"),
        ("title: A\nnamed:\n  '': {kind: air}", "3: ``: must not be empty"),
        ("title: A\nspare: {kind: air, high: -1}", "2: `high`: input should be greater than or equal to 0, not `-1`"),
        ("words", "1: `the file` must hold keys with values, not `words`"),
    ],
)
def test_a_mistake_is_a_sentence_at_its_line(tmp_path: Path, text: str, says: str) -> None:
    assert told(tmp_path, text) == [says]


def test_a_part_of_a_file_is_told_at_its_own_lines(tmp_path: Path) -> None:
    assert told(tmp_path, "rooms:\n- title: A\n- title: B\n  spare: {}\n", "rooms", 1) == ["4: `kind` is missing"]
    (found,) = told(tmp_path, "rooms:\n- title: A\n- 7\n", "rooms", 1)
    assert found.startswith("3: `the entry` must hold keys with values, not `7`")


def test_a_long_value_is_told_by_its_beginning(tmp_path: Path) -> None:
    (found,) = told(tmp_path, f"title: A\nspare: {{kind: air, high: {'h' * 60}}}")
    assert found.endswith(f"not `{'h' * 37}...`")


def test_what_the_environment_lacks_and_what_follows_from_another_mistake_are_not_judged(tmp_path: Path) -> None:
    (found,) = told(tmp_path, "title: ${TITLE}\nprobes: [{kind: dor}]")
    assert found == "2: `kind` is `dor`; allowed: air, product, door; did you mean `door`?"


def test_what_is_allowed_is_told_even_when_nothing_is_near_or_nothing_is_there(tmp_path: Path) -> None:
    assert near("truck", ["room", "freezer"]) == "allowed: room, freezer"
    assert near("truck", []) == "allowed: nothing yet"
