"""Plans, spare parts and the care of machines as the plant folder and the database both tell them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from mes.maintenance.words import CareWords, FailureCodeWords, PartWords, PlanWords
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("plans.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan of preventive maintenance."""

    entity: ClassVar[str] = "maintenance_plan"
    code: str
    equipment: str  # site/area/equipment
    definition: str
    retired: bool = False

    @property
    def key(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """A spare part; its stock is no matter of the folder."""

    entity: ClassVar[str] = "spare_part"
    number: str
    definition: str
    retired: bool = False

    @property
    def key(self) -> str:
        return self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class CareRow:
    """How a machine is looked after."""

    entity: ClassVar[str] = "machine_care"
    equipment: str  # site/area/equipment
    definition: str
    retired: bool = False

    @property
    def key(self) -> str:
        return self.equipment


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCodeRow:
    """A word of failures that the folder adds; those of the program are no matter of the folder."""

    entity: ClassVar[str] = "failure_code"
    kind: str
    code: str
    name_en: str
    name_zh: str
    retired: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.code}"


Row = PlanRow | PartRow | CareRow | FailureCodeRow
ENTITIES = frozenset({PlanRow.entity, PartRow.entity, CareRow.entity, FailureCodeRow.entity})


def rows_of(
    site: str,
    plans: Iterable[PlanWords],
    parts: Iterable[PartWords],
    care: Iterable[CareWords],
    codes: Iterable[FailureCodeWords] = (),
) -> Iterator[Row]:
    """What the folder says."""
    for code in codes:
        yield FailureCodeRow(kind=code.kind, code=code.code, name_en=code.name.en, name_zh=code.name.zh)
    for part in parts:
        yield PartRow(number=part.number, definition=part.model_dump_json(exclude_defaults=True))
    for each in care:
        yield CareRow(equipment=f"{site}/{each.equipment}", definition=each.model_dump_json(exclude_defaults=True))
    for plan in plans:
        told = plan.model_dump_json(exclude_defaults=True)
        yield PlanRow(code=plan.code, equipment=f"{site}/{plan.equipment}", definition=told)


async def stored(work: Work) -> list[Row]:
    """All of them, retired ones too."""
    found: list[Row] = []
    for kind in (FailureCodeRow, PartRow, CareRow, PlanRow):
        found += await work.all(SQL[f"stored_{kind.entity}"], kind)
    return found


async def put(work: Work, row: Row) -> None:
    """Let it be what the folder says. Whoever calls leaves the audit row."""
    await work.run(SQL[f"put_{row.entity}"], **asdict(row), now=work.now)


async def retire(work: Work, entity: str, key: str) -> None:
    """It is no longer in the folder. Whoever calls leaves the audit row."""
    await work.run(SQL[f"retire_{entity}"], key=key)
