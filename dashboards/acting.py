"""Who may take which step of a record, and what a form with an action brings: for pages of records with steps."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Form

from mes.actions.model import Ask, Kind
from mes.border import Caller, RoleMissing
from mes.people import service as people
from mes.people.model import Person
from mes.plant import service as plant
from mes.transitions import StateMachine
from telemetry.errors import NotFound
from telemetry.work import Work


class NoSuchStep(NotFound):
    """This record knows no such step."""


async def today(work: Work) -> date:
    """The day in the plant's calendar."""
    return work.now.astimezone(await plant.time_zone(work)).date()


async def owners(work: Work) -> list[Person]:
    """People who can own work."""
    return [each for each in await people.people(work) if each.active and set(each.roles) - {"admin"}]


def roles_of(machine: StateMachine[Any], step: str) -> frozenset[str]:
    """Who may take a step. Raises NoSuchStep."""
    rows = [row for row in machine.table if row.step == step]
    if not rows:
        raise NoSuchStep(step=step)
    return frozenset(role for row in rows for role in row.roles)


def demand_role(caller: Caller, machine: StateMachine[Any], step: str) -> None:
    """Refuse who may not take the step. Raises RoleMissing, NoSuchStep."""
    allowed = roles_of(machine, step)
    if not caller.roles & allowed:
        raise RoleMissing(needs=" | ".join(sorted(allowed)), caller=caller.name)


def steps_for(caller: Caller, machine: StateMachine[Any], state: str) -> list[str]:
    """Steps that a state offers to the caller."""
    return [step for step in machine.open_steps(state) if caller.roles & roles_of(machine, step)]


def _asked(
    kind: Annotated[Kind, Form()],
    action_text: Annotated[str, Form()],
    owner: Annotated[str, Form()],
    due_on: Annotated[date, Form()],
    document: Annotated[str, Form()] = "",
) -> Ask:
    return Ask(kind=kind, text=action_text, owner=owner, due_on=due_on, document=document.strip() or None)


AskForm = Annotated[Ask, Depends(_asked)]
"""An action as a form brings it."""
