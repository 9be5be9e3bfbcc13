"""The form of a master record says the record and nothing else; its parts are added, moved and taken out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from dashboards.recipe_form import (
    Part,
    PartUnknown,
    RecipeFormUnreadable,
    fields_of,
    filled,
    read,
    record_in,
    reshaped,
)
from mes.plant.check import read_plant
from mes.recipes.document import MasterRecord

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"
WHOLE = {
    "product": "PEN",
    "reason": "first",
    "title.en": "Pen",
    "title.zh": "笔",
    "batch_size": "100",
    "unit": "pcs",
    "operations.0.code": "fill",
    "operations.0.name.en": "Filling",
    "operations.0.name.zh": "灌装",
    "operations.0.steps.0.code": "look",
    "operations.0.steps.0.kind": "choice",
    "operations.0.steps.0.text.en": "Look",
    "operations.0.steps.0.text.zh": "查看",
    "operations.0.steps.0.choices": "clear, colourless; cloudy",
    "operations.0.steps.0.accepted": "clear, colourless",
    "operations.0.steps.0.limits.low": "7",
    "_csrf": "not a part of it",
}


def sent(form: Part, before: str = "") -> Iterator[tuple[str, str]]:
    """What a browser sends of a form that it shows: no empty box that is not ticked."""
    for name, value in form.items():
        if isinstance(value, dict):
            yield from sent(value, f"{before}{name}.")
        elif isinstance(value, list):
            for at, part in enumerate(value):
                yield from sent(part, f"{before}{name}.{at}.")
        elif value:
            yield f"{before}{name}", value


def records() -> list[MasterRecord]:
    return [entry.record for entry in read_plant(DEMO).recipes]


@pytest.mark.parametrize("record", records(), ids=lambda record: record.product)
def test_what_is_filled_in_and_sent_again_is_the_same_record(record: MasterRecord) -> None:
    said, faults = record_in(read(sent(filled(record, reason="again"))))
    assert faults == {}
    assert said is not None
    assert (said.record, said.reason) == (record, "again")


def test_a_step_says_only_what_its_kind_asks_for() -> None:
    said, faults = record_in(read(WHOLE.items()))
    assert faults == {}
    assert said is not None
    [step] = said.record.operations[0].steps
    assert (step.choices, step.accepted) == (("clear, colourless", "cloudy"), ("clear, colourless",))
    assert (step.limits.low, step.mandatory, said.record.yield_low_pct) == (None, False, Decimal(90))
    assert fields_of("confirm") == fields_of("no such kind") == ()


def test_each_mistake_is_told_at_its_field() -> None:
    wrong = WHOLE | {
        "batch_size": "many",
        "unit": " ",
        "operations.0.code": "fill it",
        "operations.0.steps.0.kind": "dance",
        "lines.0.number": "0",
        "lines.0.item": "RM",
        "lines.0.quantity": "-1",
        "lines.0.unit": "kg",
    }
    said, faults = record_in(read(wrong.items()))
    assert said is None
    assert faults == {
        "batch_size": "number",
        "unit": "missing",
        "operations.0.code": "code",
        "operations.0.steps.0.kind": "choice",
        "lines.0.number": "number",
        "lines.0.quantity": "number",
    }
    _, nothing = record_in(read([]))
    assert {"product", "reason", "title.en", "title.zh", "batch_size", "unit", "operations"} <= nothing.keys()


def test_parts_are_added_moved_and_taken_out() -> None:
    form = read(WHOLE.items())
    assert reshaped(form, "operations.0.steps.add") == "operations.0.steps.1"
    form["operations"][0]["steps"][1]["code"] = "second"
    assert reshaped(form, "operations.0.steps.1.up") == "operations.0.steps.0"
    assert [each["code"] for each in form["operations"][0]["steps"]] == ["second", "look"]
    assert reshaped(form, "operations.0.steps.0.down") == "operations.0.steps.1"
    reshaped(form, "operations.0.steps.1.remove")
    assert [each["code"] for each in form["operations"][0]["steps"]] == ["look"]
    for _ in range(2):
        reshaped(form, "lines.add")
    assert [each["number"] for each in form["lines"]] == ["10", "20"]
    reshaped(form, "operations.add")
    assert len(form["operations"]) == 2


@pytest.mark.parametrize(
    "act", ["operations.0.up", "operations.0.down", "operations.7.remove", "title.add", "add", "x.0.up", "lines.-1.up"]
)
def test_a_part_that_is_not_there_is_not_moved(act: str) -> None:
    with pytest.raises(PartUnknown):
        reshaped(read(WHOLE.items()), act)


@pytest.mark.parametrize(
    "fields", [[("title", "Pen"), ("title.en", "Pen")], [(f"lines.{n}.item", "RM") for n in range(600)]]
)
def test_a_form_that_no_page_sends_is_refused(fields: list[tuple[str, str]]) -> None:
    with pytest.raises(RecipeFormUnreadable):
        read(fields)
