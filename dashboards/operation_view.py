"""An operation as its page shows it: steps with what they ask and hold, the machine's label, materials with their lots.

Also what people scan and type there: a machine's label, and when a value was seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboards.plantmoment import moment_of
from mes.audit import service as audit
from mes.barcodes import service as barcodes
from mes.batches import service as batches
from mes.batches.execution import Scene
from mes.batches.model import BatchCapture, BatchStep, BatchValue
from mes.batches.snapshot import step_in
from mes.batches.steps import names_of
from mes.documents import service as documents
from mes.documents.model import Document
from mes.equipment import service as equipment
from mes.equipment.model import Cleaning, Label
from mes.exceptions import service as exceptions
from mes.exceptions.model import BatchException
from mes.inventory import fefo
from mes.inventory import service as inventory
from mes.inventory.model import Lot
from mes.materials import service as materials
from mes.materials.dispensing import Dispensing, Status
from mes.materials.model import Issue, Line
from mes.plant import service as plant
from mes.plant.model import Zone
from mes.recipes.document import Step
from telemetry.work import Work

AT_HAND = (Status.VERIFIED, Status.STAGED)
"""A container that was weighed may be issued."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """A controlled document to work by. `number`: of the version in force, or the one by which the step was done."""

    code: str
    number: int | None  # None: no version was in force
    title: Document | None


@dataclass(frozen=True, slots=True)
class StepView:
    """A step with what its record asks and what was reported."""

    step: BatchStep
    asked: Step
    fields: tuple[str, ...]  # names of values that are still to be entered
    values: tuple[BatchValue, ...]  # in force
    old: tuple[BatchValue, ...]  # corrected, still to be seen
    capture: BatchCapture | None
    raised: tuple[BatchException, ...]
    instruction: Instruction | None  # its own; those of the whole operation stand above the steps


@dataclass(frozen=True, slots=True)
class MachineView:
    """The operation's machine with its label and its last cleaning."""

    label: Label
    batch: str  # number of the batch that it is used for, or that left it dirty
    cleaning: Cleaning | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """A line of the bill of materials: what went in, and which lots or weighed containers come next."""

    line: Line
    issued: tuple[tuple[Issue, Lot], ...]
    weighed: tuple[Dispensing, ...]  # containers that may be issued
    pick: fefo.Pick | None  # None: nothing is open, or it is weighed first
    places: dict[int, tuple[Zone, ...]]  # by lot: where what is to be taken stands


async def steps_of(work: Work, here: Scene) -> list[StepView]:
    """Every step of the operation, in order."""
    operation, batch = here.operation, here.batch
    values = await batches.values(work, operation_id=operation.id)
    captures = {c.step_id: c for c in await batches.captures(work, operation_id=operation.id) if c.in_force}
    raised = [e for e in await exceptions.exceptions(work, batch.id) if e.operation_id == operation.id]
    in_force = await documents.effective_documents(work, work.now)
    found = []
    for step in await batches.steps_of(work, operation.id):
        asked = step_in(batch, operation.code, step.code)
        own = [v for v in values if v.step_id == step.id]
        fields = tuple(name for name in names_of(asked) if name not in {v.name for v in own})
        now, old = tuple(v for v in own if v.in_force), tuple(v for v in own if not v.in_force)
        about = tuple(e for e in raised if e.step_id == step.id)
        told = await _instruction(work, step, asked.document, in_force) if asked.document else None
        found.append(StepView(step, asked, fields, now, old, captures.get(step.id), about, told))
    return found


async def _instruction(work: Work, step: BatchStep, code: str, in_force: Mapping[str, Document]) -> Instruction:
    """By what a step is done; once it was, by what it was done then, as its row of the trail says."""
    number = in_force[code].number if code in in_force else None
    for row in await audit.entries(work, entity="batch_step", entity_id=step.id, action="batch_step.done", limit=1):
        number = row.after.get("documents", {}).get(code)
    return Instruction(code, number, in_force.get(code))


async def instructions_of(work: Work, here: Scene) -> list[Instruction]:
    """Documents that everybody in the operation works by, in the versions in force."""
    in_force = await documents.effective_documents(work, work.now)
    found = [(code, in_force.get(code)) for code in here.asked.documents]
    return [Instruction(code, each.number if each else None, each) for code, each in found]


async def machine_of(work: Work, equipment_id: int | None) -> MachineView | None:
    """The machine as its status label reads; None: none is chosen yet."""
    if equipment_id is None:
        return None
    label = await equipment.label(work, equipment_id, work.now)
    batch = (await batches.batch(work, label.batch_id)).number if label.batch_id else ""
    cleanings = await equipment.cleanings(work, equipment_id)
    return MachineView(label, batch, cleanings[-1] if cleanings else None)


async def lines_of(work: Work, here: Scene, issued: Sequence[Issue]) -> list[LineView]:
    """The lines that this operation issues; for those that are open, which lot first and why not the others."""
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=[each.lot_id for each in issued])}
    weighed = await materials.dispensings(work, batch_id=here.batch.id, statuses=AT_HAND)
    found = []
    for line in await materials.lines(work, here.batch.id):
        if (line.step or "").partition("/")[0] != here.operation.code:
            continue
        pick = await _pick(work, line) if line.open and not line.dispense else None
        view = LineView(
            line=line,
            issued=tuple((each, lots[each.lot_id]) for each in issued if each.line == line.number),
            weighed=tuple(each for each in weighed if each.line == line.number),
            pick=pick,
            places=await _places(work, pick) if pick else {},
        )
        found.append(view)
    return found


async def _pick(work: Work, line: Line) -> fefo.Pick:
    lots = [lot for lot in await inventory.lots(work, item=line.item.code) if lot.quantity]
    zone = await plant.time_zone(work)
    return fefo.pick(lots, line.open, work.now, zone, min_remaining_days=line.min_remaining_days)


async def _places(work: Work, pick: fefo.Pick) -> dict[int, tuple[Zone, ...]]:
    stays = await inventory.standings(work, [row.lot.id for row in pick.allocations], now_only=True)
    zones = await plant.zones_by_id(work, {stay.zone_id for stay in stays})
    return {row.lot.id: tuple(zones[s.zone_id] for s in stays if s.lot_id == row.lot.id) for row in pick.allocations}


async def machine_scanned(work: Work, text: str) -> str:
    """What a step takes for a machine: its path, where a label was scanned. Raises as `barcodes.resolve` does.

    A path, its last part or an id, typed because the label is worn, stays as it is.
    """
    said = text.strip()
    known = {name for m in await plant.equipment(work) for name in (str(m.id), m.path, m.path.rpartition("/")[2])}
    return said if said in known or not said else (await barcodes.resolve(work, said)).code


def moment_seen(text: str, opened_at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """When a value was seen, as it is typed to the minute; within the minute in which its step was opened: then.

    None where nothing was typed. Raises MomentUnreadable.
    """
    said = moment_of(text, zone)
    if said is None or opened_at is None:
        return said
    return max(said, opened_at) if opened_at - said < timedelta(minutes=1) else said
