"""After work on a machine: must it be cleaned, calibrated, qualified again? Where GMP depends on it somebody says so.

Cleaning follows in the cleaning record, with its own check; the other two name their proof before the verification.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from mes.maintenance import records
from mes.maintenance.labour import demand_open
from mes.maintenance.records import ENTITY, SQL
from telemetry.errors import Conflict, Invalid
from telemetry.work import Work


class CheckNotAsked(Conflict):
    """This check is not needed, or its proof is there already."""


class EvidenceMissing(Invalid):
    """Name the proof: the certificate, the protocol."""


class CheckKind(StrEnum):
    CLEAN = "clean"
    CALIBRATE = "calibrate"
    REQUALIFY = "requalify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    order_id: int
    kind: CheckKind
    needed: bool
    judged_by: str
    judged_at: datetime
    evidence: str
    done_by: str | None
    done_at: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", CheckKind(self.kind))

    @property
    def waits(self) -> bool:
        """Whether its proof is still to come before the verification."""
        return self.needed and self.kind is not CheckKind.CLEAN and self.done_at is None


class Care(BaseModel):
    """How a machine is looked after, as the plant folder says it."""

    model_config = ConfigDict(extra="ignore")

    critical: bool = False  # a product's quality depends on it
    down: tuple[float, ...] = ()  # values of its `state` point that mean: it can't be used
    documents: tuple[str, ...] = ()  # codes, in the order in which the folder names them


@dataclass(frozen=True, slots=True)
class _Kept:
    equipment_id: int
    definition: str


async def care(work: Work, equipment_id: int | None = None) -> dict[int, Care]:
    """By machine: how it is looked after; a machine of which nothing is said is missing."""
    kept = await work.all(SQL["care"], _Kept, equipment_id=equipment_id)
    return {row.equipment_id: Care.model_validate_json(row.definition) for row in kept}


async def is_critical(work: Work, equipment_id: int) -> bool:
    """Whether GMP depends on this machine."""
    found = await care(work, equipment_id)
    return equipment_id in found and found[equipment_id].critical


async def checks(work: Work, order_id: int) -> list[Check]:
    """What was judged after the work."""
    return await work.all(SQL["checks"], Check, order_id=order_id)


def all_judged(known: Iterable[Check], said: Mapping[CheckKind, bool]) -> bool:
    """Whether every kind has its answer."""
    return {each.kind for each in known} | set(said) >= set(CheckKind)


async def judge(work: Work, order_id: int, said: Mapping[CheckKind, bool]) -> None:
    """Write what is needed; a kind that was judged before is judged anew, and its proof with it."""
    for kind, needed in said.items():
        await work.run(SQL["judge_check"], order_id=order_id, kind=kind, needed=needed, actor=work.actor, now=work.now)


async def finish_check(work: Work, order_id: int, kind: CheckKind, evidence: str) -> None:
    """Name the proof of a calibration or qualification after the work.

    Raises OrderNotFound, Refused, EvidenceMissing, CheckNotAsked.
    """
    demand_open(await records.locked(work, order_id), "finish_check")
    if not evidence.strip():
        raise EvidenceMissing
    said = {"kind": kind, "evidence": evidence.strip()}
    if not await work.run(SQL["finish_check"], order_id=order_id, actor=work.actor, now=work.now, **said):
        raise CheckNotAsked(order_id=order_id, kind=kind)
    await records.write(work, order_id, "checked", evidence, kind=kind)
    work.audit(f"{ENTITY}.check", ENTITY, order_id, after=said)
