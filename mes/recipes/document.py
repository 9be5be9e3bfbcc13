"""What a master batch record says, as plain values: operations, their steps and limits, the materials they need.

An order keeps a copy of it, so that no later version rewrites a batch that was begun (GMP 2010, articles 168 to 175).
Quantities are for one batch of `batch_size`; an order of another size scales them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class StepKind(StrEnum):
    """What an operator does at a step, and what it leaves behind."""

    CONFIRM = "confirm"  # read, do, confirm
    VALUE = "value"  # type a number, held against the limits
    CHOICE = "choice"  # pick one of `choices`; those in `accepted` are within limits
    TEXT = "text"
    CAPTURE = "capture"  # taken from a point over the step's own window: n, min, max, mean, gaps, coverage
    IPC = "ipc"  # in-process check: `samples` numbers, each held against the limits
    MATERIAL = "material"  # the lines of the bill of materials that name this step are issued by scan
    EQUIPMENT = "equipment"  # scan the machine that is used
    YIELD = "yield"  # good, rejected, sampled; held against the yield limits of the operation


class FefoPolicy(StrEnum):
    """What happens when a lot is taken although another expires earlier."""

    STRICT = "strict"  # refused
    WARN = "warn"  # told, and goes on
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Action limits and, inside them, alert limits. None: no such limit. A value on a limit is within it."""

    low: Decimal | None = None
    high: Decimal | None = None
    alert_low: Decimal | None = None
    alert_high: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the bill of materials, for a batch of the record's size."""

    number: int  # 10, 20, 30: what the paper calls the line
    item: str  # code
    quantity: Decimal
    unit: str  # as the record writes it; converted to the item's unit where they differ
    over_pct: Decimal = Decimal(0)  # so much more may be issued
    under_pct: Decimal = Decimal(0)  # so much less is no exception at the end
    fefo: FefoPolicy = FefoPolicy.WARN
    min_remaining_days: int = 0  # a lot must last so many more days
    dispense: bool = False  # weighed into containers before it is issued
    assay_adjusted: bool = False  # target = quantity * 100 / the lot's assay in percent
    step: str | None = None  # code `operation/step` of the material step that issues it; None: any time in the batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    code: str  # unique in its operation
    kind: StepKind
    text_en: str
    text_zh: str
    unit: str = ""
    limits: Limits = Limits()
    critical: bool = False  # a second person verifies and signs
    mandatory: bool = True
    choices: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    samples: int = 1  # how many values an in-process check takes
    measure: str | None = None  # capture: last part of a point of the operation's machine, such as `room-temperature`
    point: str | None = None  # capture: a point by its full name, where it is not the machine's own
    min_coverage_pct: Decimal = Decimal(95)  # capture: less known time is an exception, never a pass
    document: str | None = None  # code of the instruction shown at the step


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    code: str  # unique in its record
    name_en: str
    name_zh: str
    after: tuple[str, ...] = ()  # operations that must be done before; () means the one above it, if any
    parallel: bool = False  # with `after` empty: waits for none
    equipment_kind: str | None = None  # kind of machine it runs on; None: the order's line
    clearance: bool = False  # line clearance recorded, and checked by a second person, before it starts
    clean: bool = False  # its machine must be clean, for not longer than `clean_hold_h`
    clean_hold_h: Decimal | None = None
    skippable: bool = False
    documents: tuple[str, ...] = ()  # instructions the operator must be trained on, by their code
    yield_low_pct: Decimal | None = None
    yield_high_pct: Decimal | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterRecord:
    """One whole master batch record."""

    product: str  # code of the item that it makes
    title_en: str
    title_zh: str
    batch_size: Decimal
    unit: str
    over_production_pct: Decimal = Decimal(0)  # how much more than ordered may be made
    yield_low_pct: Decimal = Decimal(90)  # of the whole batch
    yield_high_pct: Decimal = Decimal(105)
    shelf_life_days: int | None = None  # from the start of the batch to the last day of use
    lines: tuple[Line, ...] = ()
    operations: tuple[Operation, ...] = ()

    def predecessors(self, operation: Operation) -> tuple[str, ...]:
        """Codes of the operations that must be done before this one."""
        if operation.after or operation.parallel:
            return operation.after
        above = [each.code for each in self.operations[: self.operations.index(operation)]]
        return tuple(above[-1:])

    def steps(self) -> Iterator[tuple[Operation, Step]]:
        """Every step with its operation, in order."""
        return ((operation, step) for operation in self.operations for step in operation.steps)
