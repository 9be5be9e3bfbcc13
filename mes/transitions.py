"""State machines as tables: a record takes a step when every guard holds, or is refused with their names.

A slice writes its table as rows of `Transition`; guards are pure functions of a facts object that the slice fills.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from telemetry.errors import Conflict, PlantError
from telemetry.work import Work

Facts = TypeVar("Facts")
Guard = Callable[[Facts], bool]


class Remembered(PlantError):
    """A refusal that GxP wants on record although the transaction that met it is rolled back."""

    async def record(self, work: Work) -> None:
        """Write what must stay, in a transaction of its own."""
        raise NotImplementedError(type(self).__name__)


class Refused(Remembered, Conflict):
    """The record's state does not allow this step now."""

    def __init__(self, entity: str, entity_id: object, step: str, failed: Iterable[str], **facts: object) -> None:
        self.entity, self.entity_id, self.step, self.failed = entity, str(entity_id), step, tuple(failed)
        super().__init__(entity=entity, id=entity_id, step=step, failed_guards=list(self.failed), **facts)

    async def record(self, work: Work) -> None:
        """Leave the audit row that GxP asks for: who tried what, and why not."""
        after = {"failed_guards": list(self.failed)}
        work.audit(f"{self.entity}.{self.step}.refused", self.entity, self.entity_id, after=after)


class StaleVersion(Refused):
    """Somebody else changed this record after you opened it: look at it again."""

    def __init__(self, entity: str, entity_id: object, *, yours: int, current: int) -> None:
        super().__init__(entity, entity_id, "change", ["version_is_current"], yours=yours, current=current)


@dataclass(frozen=True, slots=True)
class Transition(Generic[Facts]):
    """One row of a state machine."""

    step: str  # the verb: acknowledge, disposition, close
    sources: frozenset[str]
    target: str
    guards: Mapping[str, Guard[Facts]] = field(default_factory=dict)  # name as people see it: what must be true
    signed: bool = False  # whether it needs an electronic signature
    roles: frozenset[str] = frozenset()  # who may; empty: anyone


@dataclass(frozen=True)  # no slots: Python 3.11 can't make `StateMachine[Facts](...)` of a frozen class that has them
class StateMachine(Generic[Facts]):
    entity: str
    table: tuple[Transition[Facts], ...]

    def step(self, step: str, entity_id: object, state: str, facts: Facts) -> Transition[Facts]:
        """The transition that this step takes from this state. Raises Refused with every guard that failed."""
        rows = [row for row in self.table if row.step == step]
        if not rows:
            raise ValueError(f"{self.entity} knows no step {step}")
        for row in rows:
            if state in row.sources:
                failed = [name for name, holds in row.guards.items() if not holds(facts)]
                if failed:
                    raise Refused(self.entity, entity_id, step, failed, state=state)
                return row
        raise Refused(self.entity, entity_id, step, [f"state_is_{'_or_'.join(sorted(rows[0].sources))}"], state=state)

    def missing(self, step: str, state: str, facts: Facts) -> tuple[str, ...]:
        """Guards that would refuse this step from this state, for screens that say so before somebody tries."""
        rows = [row for row in self.table if row.step == step and state in row.sources]
        return tuple(name for row in rows for name, holds in row.guards.items() if not holds(facts))

    def open_steps(self, state: str) -> tuple[str, ...]:
        """Steps that some transition offers from this state, for screens."""
        return tuple(dict.fromkeys(row.step for row in self.table if state in row.sources))
