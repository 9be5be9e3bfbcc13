"""The words of a master batch record in a plant folder, and the same record written as such a file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field

from mes.policies.words import Name, Written
from mes.recipes.document import FefoPolicy, Limits, Line, MasterRecord, Operation, Step, StepKind
from telemetry.strict import Strict


class LimitWords(Strict):
    """Action limits, and alert limits inside them; what is not said is no limit."""

    low: Decimal | None = None
    high: Decimal | None = None
    alert_low: Decimal | None = None
    alert_high: Decimal | None = None


class LineWords(Strict):
    number: int = Field(ge=1)
    item: Written
    quantity: Decimal = Field(gt=0)
    unit: Written
    over_pct: Decimal = Field(Decimal(0), ge=0)
    under_pct: Decimal = Field(Decimal(0), ge=0, le=100)
    fefo: FefoPolicy = FefoPolicy.WARN
    min_remaining_days: int = Field(0, ge=0)
    dispense: bool = False
    assay_adjusted: bool = False
    step: str | None = None


class StepWords(Strict):
    code: Written
    kind: StepKind
    text: Name
    unit: str = ""
    limits: LimitWords = LimitWords()
    critical: bool = False
    mandatory: bool = True
    choices: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    samples: int = Field(1, ge=1, le=100)
    measure: str | None = None
    point: str | None = None
    min_coverage_pct: Decimal = Field(Decimal(95), gt=0, le=100)
    document: str | None = None


class OperationWords(Strict):
    code: Written
    name: Name
    after: tuple[str, ...] = ()
    parallel: bool = False
    equipment_kind: str | None = None
    clearance: bool = False
    clean: bool = False
    clean_hold_h: Decimal | None = Field(None, gt=0)
    skippable: bool = False
    documents: tuple[str, ...] = ()
    yield_low_pct: Decimal | None = Field(None, ge=0)
    yield_high_pct: Decimal | None = Field(None, ge=0)
    steps: tuple[StepWords, ...] = ()


class RecipeWords(Strict):
    """One master batch record; quantities are for one batch of `batch_size`."""

    product: Written
    version: int = Field(1, ge=1)
    reason: Written
    title: Name
    batch_size: Decimal = Field(gt=0)
    unit: Written
    over_production_pct: Decimal = Field(Decimal(0), ge=0)
    yield_low_pct: Decimal = Field(Decimal(90), ge=0)
    yield_high_pct: Decimal = Field(Decimal(105), ge=0)
    shelf_life_days: int | None = Field(None, gt=0)
    lines: tuple[LineWords, ...] = ()
    operations: tuple[OperationWords, ...] = Field(min_length=1)

    @property
    def code(self) -> str:
        """What it is known by in its folder."""
        return self.product

    @property
    def record(self) -> MasterRecord:
        """What it says."""
        plain: dict[str, Any] = self.model_dump(include=set(_PLAIN) | {"product"})
        lines = tuple(Line(**line.model_dump()) for line in self.lines)
        operations = tuple(_operation(each) for each in self.operations)
        plain |= {"title_en": self.title.en, "title_zh": self.title.zh}
        return MasterRecord(**plain, lines=lines, operations=operations)


def _operation(said: OperationWords) -> Operation:
    plain = said.model_dump(exclude={"name", "steps"})
    steps = tuple(_step(each) for each in said.steps)
    return Operation(**plain, name_en=said.name.en, name_zh=said.name.zh, steps=steps)


def _step(said: StepWords) -> Step:
    plain = said.model_dump(exclude={"text", "limits"})
    limits = Limits(**said.limits.model_dump())
    return Step(**plain, text_en=said.text.en, text_zh=said.text.zh, limits=limits)


def words_of(record: MasterRecord, *, version: int, reason: str) -> dict[str, Any]:
    """A record as an entry of `recipes`: what reads back as the same record; what is usual is left out."""
    said = RecipeWords(
        product=record.product,
        version=version,
        reason=reason,
        title=Name(en=record.title_en, zh=record.title_zh),
        lines=tuple(LineWords.model_validate(_slots(line)) for line in record.lines),
        operations=tuple(_operation_words(each) for each in record.operations),
        **{name: getattr(record, name) for name in RecipeWords.model_fields if name in _PLAIN},
    )
    return said.model_dump(mode="json", exclude_defaults=True)


_PLAIN = frozenset(MasterRecord.__slots__) - {"product", "title_en", "title_zh", "lines", "operations"}


def _operation_words(operation: Operation) -> OperationWords:
    steps = tuple(_step_words(each) for each in operation.steps)
    plain = {n: v for n, v in _slots(operation).items() if n not in {"name_en", "name_zh", "steps"}}
    return OperationWords(**plain, name=Name(en=operation.name_en, zh=operation.name_zh), steps=steps)


def _step_words(step: Step) -> StepWords:
    plain = {n: v for n, v in _slots(step).items() if n not in {"text_en", "text_zh", "limits"}}
    limits = LimitWords.model_validate(_slots(step.limits))
    return StepWords(**plain, text=Name(en=step.text_en, zh=step.text_zh), limits=limits)


def _slots(said: Line | Operation | Step | Limits) -> dict[str, Any]:
    return {name: getattr(said, name) for name in said.__slots__}
