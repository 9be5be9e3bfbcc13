"""The words of a master batch record in a plant folder, and the same record written as such a file."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from mes.policies.words import Name, Written
from mes.recipes.document import FefoPolicy, Limits, Line, MasterRecord, Operation, Step, StepKind
from telemetry.strict import Strict

_LARGEST = Decimal(1_000_000_000_000)
_LONGEST = 2000
_CODE = re.compile(r"[\w.-]{1,64}")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]")  # no database keeps these


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError(f"`{text[:40]}` is no code: letters, digits, dots and hyphens, 64 at most")
    return text


def _writable(text: str) -> None:
    if len(text) > _LONGEST or _UNWRITABLE.search(text):
        raise ValueError(f"a text holds signs that can't be kept, or more than {_LONGEST}")


Code = Annotated[str, AfterValidator(_code)]
Number = Annotated[Decimal, Field(gt=-_LARGEST, lt=_LARGEST, decimal_places=12)]
Amount = Annotated[Decimal, Field(gt=0, lt=_LARGEST, decimal_places=12)]
Percent = Annotated[Decimal, Field(ge=0, le=1000, decimal_places=6)]


def _texts(said: Any) -> list[str]:
    """Every text in what was read: whatever can't be written is refused at once, wherever it stands."""
    if isinstance(said, dict):
        return [text for pair in said.items() for each in pair for text in _texts(each)]
    if isinstance(said, list | tuple):
        return [text for each in said for text in _texts(each)]
    return [said] if isinstance(said, str) else []


class LimitWords(Strict):
    """Action limits, and alert limits inside them; what is not said is no limit."""

    low: Number | None = None
    high: Number | None = None
    alert_low: Number | None = None
    alert_high: Number | None = None


class LineWords(Strict):
    number: int = Field(ge=1, le=100_000)
    item: Written
    quantity: Amount
    unit: Written
    over_pct: Percent = Decimal(0)
    under_pct: Annotated[Percent, Field(le=100)] = Decimal(0)
    fefo: FefoPolicy = FefoPolicy.WARN
    min_remaining_days: int = Field(0, ge=0, le=100_000)
    dispense: bool = False
    assay_adjusted: bool = False
    step: str | None = None


class StepWords(Strict):
    code: Code
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
    code: Code
    name: Name
    after: tuple[str, ...] = ()
    parallel: bool = False
    equipment_kind: str | None = None
    clearance: bool = False
    clean: bool = False
    clean_hold_h: Amount | None = None
    skippable: bool = False
    documents: tuple[str, ...] = ()
    yield_low_pct: Percent | None = None
    yield_high_pct: Percent | None = None
    steps: tuple[StepWords, ...] = ()


class RecipeWords(Strict):
    """One master batch record; quantities are for one batch of `batch_size`."""

    product: Written
    version: int = Field(1, ge=1, le=100_000)
    reason: Written
    title: Name
    batch_size: Amount
    unit: Written
    over_production_pct: Percent = Decimal(0)
    yield_low_pct: Percent = Decimal(90)
    yield_high_pct: Percent = Decimal(105)
    shelf_life_days: int | None = Field(None, gt=0, le=100_000)
    lines: tuple[LineWords, ...] = ()
    operations: tuple[OperationWords, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _can_be_written(cls, said: Any) -> Any:
        for text in _texts(said):
            _writable(text)
        return said

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
