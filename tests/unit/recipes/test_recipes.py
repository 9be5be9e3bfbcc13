"""Master records as text, JSON and back; what can't be worked by is told with its place; quantities scale exactly."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import isotherm
from mes.items.units import UnitsDiffer, convert
from mes.plant.check import read_plant
from mes.recipes.document import Limits, MasterRecord, Operation, Step, StepKind
from mes.recipes.editing import RecipeUnreadable, differences, record_from_yaml, yaml_of
from mes.recipes.soundness import problems
from mes.recipes.written import document_of, record_of, scaled

DEMO = Path(isotherm.__file__).parent / "plants" / "demo"
MODEL = read_plant(DEMO)
PEN, KIT = (said.record for said in MODEL.recipes)
ITEMS = {item.code: item.unit for item in MODEL.items}
MEASURES = {point.measure for machine in MODEL.equipment for point in machine.points}


def wrong(record: MasterRecord) -> list[str]:
    return [str(each) for each in problems(record, items=ITEMS, measures=MEASURES, points=())]


def with_step(step: Step) -> MasterRecord:
    first = replace(PEN.operations[1], steps=(step,))
    return replace(PEN, operations=(first,), lines=())


@pytest.mark.parametrize("record", [PEN, KIT])
def test_a_record_comes_back_as_it_was_from_json_and_from_text(record: MasterRecord) -> None:
    assert wrong(record) == []
    assert record_of(document_of(record)) == record
    assert record_from_yaml(yaml_of(record, version=3, reason="why")).record == record


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (replace(PEN, product="FG-PENN"), "product: item `FG-PENN` is not known"),
        (replace(PEN, operations=()), "operations: a record needs at least one"),
        (replace(PEN, lines=(replace(PEN.lines[0], item="RM-NONE"),)), "lines/10: item `RM-NONE` is not known"),
        (replace(PEN, lines=(replace(PEN.lines[0], unit="ml"),)), "lines/10: unit `ml` can't be converted"),
        (
            replace(PEN, lines=(replace(PEN.lines[0], step="fill/output"),)),
            "lines/10: step `fill/output` is no material",
        ),
        (
            replace(PEN, lines=(PEN.lines[0], PEN.lines[0])),
            "lines/10: the line number stands twice, or the item does for one step",
        ),
        (with_step(Step(code="x", kind=StepKind.CAPTURE, text_en="", text_zh="")), "a capture names a measure"),
        (
            with_step(Step(code="x", kind=StepKind.CAPTURE, text_en="", text_zh="", measure="fill-wieght")),
            "did you mean `fill-weight`?",
        ),
        (
            with_step(
                Step(
                    code="x",
                    kind=StepKind.VALUE,
                    text_en="",
                    text_zh="",
                    limits=Limits(low=Decimal(2), high=Decimal(1)),
                )
            ),
            "limits must rise",
        ),
        (
            with_step(Step(code="x", kind=StepKind.CONFIRM, text_en="", text_zh="", limits=Limits(low=Decimal(1)))),
            "limits make no sense for `confirm`",
        ),
        (
            with_step(Step(code="x", kind=StepKind.CHOICE, text_en="", text_zh="", choices=("a",), accepted=("b",))),
            "what it accepts must be among them",
        ),
    ],
)
def test_what_can_not_be_worked_by_is_told_with_its_place(record: MasterRecord, told: str) -> None:
    found = wrong(record)
    assert any(told in each for each in found), found


def test_operations_that_wait_for_each_other_are_a_mistake() -> None:
    one = Operation(code="one", name_en="", name_zh="", after=("two",))
    two = Operation(code="two", name_en="", name_zh="", after=("one",))
    three = Operation(code="three", name_en="", name_zh="", parallel=True)
    record = replace(PEN, operations=(one, two, three), lines=())
    assert wrong(record) == ["operations: one, two wait for each other"]
    assert [record.predecessors(each) for each in record.operations] == [("two",), ("one",), ()]


def test_a_mistake_in_the_text_is_told_by_its_line() -> None:
    text = yaml_of(PEN, version=2, reason="why").replace("kind: value", "kind: valeu", 1)
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "valeu" in each)
    with pytest.raises(RecipeUnreadable) as refused:
        record_from_yaml(text)
    assert f"line {line}: `kind`" in str(refused.value.facts["detail"])
    with pytest.raises(RecipeUnreadable) as refused:
        record_from_yaml("operations: [")
    assert "this is not YAML" in str(refused.value.facts["detail"])
    with pytest.raises(RecipeUnreadable):
        record_from_yaml("")


def test_what_differs_is_told_place_by_place() -> None:
    step = replace(PEN.operations[1].steps[1], limits=replace(PEN.operations[1].steps[1].limits, high=Decimal("7.9")))
    operation = replace(PEN.operations[1], steps=(PEN.operations[1].steps[0], step))
    after = replace(PEN, operations=(PEN.operations[0], operation, *PEN.operations[2:]), batch_size=Decimal(9000))
    assert differences(PEN, after) == [
        ("batch_size", "12000", "9000"),
        ("compound.steps", "dissolve, ph, clarity", "dissolve, ph"),
        ("compound/ph.high", "7.8", "7.9"),
        ("compound/clarity.code", "clarity", ""),
        ("compound/clarity.kind", "choice", ""),
        ("compound/clarity.text_en", "Look of the solution", ""),
        ("compound/clarity.text_zh", "药液性状", ""),
        ("compound/clarity.mandatory", "True", ""),
        ("compound/clarity.choices", "clear, opalescent, particles", ""),
        ("compound/clarity.accepted", "clear", ""),
        ("compound/clarity.samples", "1", ""),
        ("compound/clarity.min_coverage_pct", "95", ""),
    ]


@given(st.decimals(1, 10**6, places=3))
def test_an_order_of_another_size_needs_alike(quantity: Decimal) -> None:
    needed = scaled(PEN, quantity)
    assert needed.batch_size == quantity
    for before, after in zip(PEN.lines, needed.lines, strict=True):
        assert after.quantity * PEN.batch_size == pytest.approx(before.quantity * quantity)
        assert (after.over_pct, after.item) == (before.over_pct, before.item)


@given(st.decimals(0, 10**9, places=6), st.sampled_from(["kg", "g", "mg"]), st.sampled_from(["kg", "g", "mg"]))
def test_units_convert_exactly_and_back(quantity: Decimal, unit: str, to: str) -> None:
    assert convert(convert(quantity, unit, to), to, unit) == quantity


def test_units_of_the_item_and_units_that_differ() -> None:
    own = {"box": Decimal(50), "pcs": Decimal(1)}
    assert convert(Decimal(3), "box", "pcs", own) == Decimal(150)
    assert convert(Decimal("12.5"), "kg", "g") == Decimal(12500)
    with pytest.raises(UnitsDiffer):
        convert(Decimal(1), "kg", "ml")
    with pytest.raises(UnitsDiffer):
        convert(Decimal(1), "box", "pcs")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("batch_size: 1e400", "less than"),
        ("batch_size: .inf", "finite"),
        ("batch_size: 0.1111111111111", "decimal places"),
        ("batch_size: 12\nbatch_size: 13", "batch_size"),
        ('batch_size: 12\nunit: "pen\\0"', "signs"),
        ('batch_size: 12\nunit: "\\ud800"', "signs"),
        (f"batch_size: 12\nunit: {'x' * 5000}", "more than 2000"),
        ("batch_size: &a [*a]", "nested"),
        ("batch_size: !!python/object/apply:os.getcwd []", "decimal input"),
    ],
)
def test_signs_that_no_database_keeps_and_numbers_without_bounds_are_refused(said: str, told: str) -> None:
    start = "product: FG-PEN\nreason: r\ntitle: {en: a, zh: b}\noperations: [{code: a, name: {en: a, zh: b}}]"
    text = f"{start}\n{said}"
    with pytest.raises(RecipeUnreadable) as refused:
        record_from_yaml(text if "unit:" in text else f"{text}\nunit: pen")
    assert told in str(refused.value)


def test_a_step_that_only_moved_is_a_difference() -> None:
    fill = PEN.operations[2]
    moved = replace(fill, steps=fill.steps[::-1])
    after = replace(PEN, operations=(*PEN.operations[:2], moved, *PEN.operations[3:]))
    assert [place for place, _, _ in differences(PEN, after)] == ["fill.steps"]


def test_two_steps_may_ask_for_one_item() -> None:
    twice = replace(PEN.lines[0], number=50, step="fill/cartridges")
    assert wrong(replace(PEN, lines=(*PEN.lines, twice))) == []
