"""The table of a shipment's steps, and how people write what goes into one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dashboards.words import DONE, GUARDS, WORDS
from mes.people.model import Role
from mes.shipments.model import GONE, HANDLERS, MACHINE, Facts, Status, Transport
from mes.shipments.planning import Asked, LinesUnreadable, asked_of
from mes.transitions import Refused

FIT = Facts(is_picked=True, is_covered=True, is_kept=True, is_usable=True, receiver="somebody", note="a reason")
WAY = (
    ("finish_picking", "planned", "picked"), ("load", "picked", "loaded"), ("ship", "loaded", "shipped"),
    ("deliver", "shipped", "delivered"), ("refuse", "shipped", "refused"), ("return", "delivered", "returned"),
    ("return", "refused", "returned"), ("cancel", "planned", "cancelled"), ("cancel", "picked", "cancelled"),
    ("pick_again", "picked", "planned"), ("unload", "loaded", "picked"),
)  # fmt: skip


@pytest.mark.parametrize(("step", "source", "target"), WAY)
def test_each_step_leads_where_it_should(step: str, source: str, target: str) -> None:
    assert MACHINE.step(step, 1, source, FIT).target == target


def test_no_other_step_is_open_anywhere() -> None:
    allowed = {(step, source) for step, source, _ in WAY}
    for step in {row.step for row in MACHINE.table}:
        for source in Status:
            if (step, source.value) not in allowed:
                with pytest.raises(Refused, match="state_is_"):
                    MACHINE.step(step, 1, source, FIT)


@pytest.mark.parametrize("step", ["finish_picking", "load", "ship"])
def test_lots_are_looked_at_before_every_step_that_leads_out(step: str) -> None:
    [row] = [row for row in MACHINE.table if row.step == step]
    bad = Facts(is_picked=True, is_covered=True, is_kept=True, is_usable=False)
    with pytest.raises(Refused) as refused:
        MACHINE.step(step, 1, next(iter(row.sources)), bad)
    assert refused.value.failed == ("lots_may_be_shipped",)


def test_nobody_takes_a_step_but_the_warehouse_and_the_lead() -> None:
    assert {Role.WAREHOUSE, Role.LEAD} == HANDLERS
    assert all(row.roles == HANDLERS for row in MACHINE.table)


def test_everything_has_a_word() -> None:
    steps = {row.step for row in MACHINE.table} - {"return"}  # which the last return takes by itself
    assert set(WORDS["shipment_status"]) == set(Status)
    assert set(WORDS["transport"]) == set(Transport)
    assert steps == set(WORDS["shipment_step"]) == set(WORDS["shipment_hint"])
    assert {f"shipment.{step}" for step in steps} <= set(DONE)
    assert {name for row in MACHINE.table for name in row.guards} <= set(GUARDS)
    assert {f"shipment.{row.step}" for row in MACHINE.table} <= set(WORDS["audit_action"])
    assert Status.CANCELLED not in GONE


def test_items_are_written_a_line_each() -> None:
    assert asked_of("FG-PEN 120\n\n  FG KIT  2.5 \n") == (
        Asked("FG-PEN", Decimal(120)),
        Asked("FG KIT", Decimal("2.5")),
    )


@pytest.mark.parametrize("text", ["FG-PEN", "FG-PEN many", "120", "FG-PEN NaN", "FG-PEN Infinity"])
def test_a_line_that_says_no_quantity_is_told(text: str) -> None:
    with pytest.raises(LinesUnreadable):
        asked_of(text)
