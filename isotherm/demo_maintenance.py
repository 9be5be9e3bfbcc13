"""The demo plant's maintenance: parts on the shelf, a service that was done in time, a fault that is being worked on.

Told in days before the first start, by the demo's people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from isotherm.first_entry import FirstEntry
from mes.maintenance import checks, labour, parts, planning
from mes.maintenance import service as maintenance
from mes.maintenance.checks import CheckKind
from mes.maintenance.model import FailureMode, Order
from mes.maintenance.proving import Signing
from mes.maintenance.service import Told
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from telemetry.work import Work

CREW, LEAD, OPERATOR = "maintenance", "lead", "operator"
SHELF = {"RLY-230": 3, "FLT-R404": 1, "OIL-POE": 6, "SEAL-12": 10, "NDL-08": 12, "BRG-6205": 4, "FLT-F9": 6}
"""The filter driers are short, so that the page shows one."""
NOTHING = dict.fromkeys(CheckKind, False)
WORN: dict[str, Any] = {"problem_code": "wrong_reading", "cause_code": "dirt", "remedy_code": "cleaned"}


@dataclass(frozen=True, slots=True)
class Workshop:
    """Whoever does something so many days before the start."""

    work: Work
    started: datetime
    entries: Mapping[str, FirstEntry]

    def signing(self, who: str, reason: str) -> Signing:
        """The signature of somebody who verifies."""
        hand = Credentials(who, self.entries[who].password, "demo")
        return Signing(credentials=hand, meaning=Meaning.VERIFIED, reason=reason)

    def at(self, days_before: float, who: str) -> Work:
        return Work(who, self.started - timedelta(days=days_before), self.work.db)


async def maintain(work: Work, started: datetime, entries: Iterable[FirstEntry]) -> None:
    """Fill a plant in which nothing was booked yet; another is left as it is. `started`: not after `work.now`."""
    if await parts.movements(work, limit=1) or not await planning.plans(work):
        return
    shop = Workshop(work, started, {entry.username: entry for entry in entries})
    await _fill_shelf(shop)
    await _repaired(shop)
    await _in_progress(shop)
    await work.flush()


async def _fill_shelf(shop: Workshop) -> None:
    crew = shop.at(12, CREW)
    for part in await parts.parts(crew):
        if part.number in SHELF:
            await parts.receive(crew, part.id, Decimal(SHELF[part.number]), reason="首次入库 first stock")
    await crew.flush()


async def _repaired(shop: Workshop) -> None:
    """The condenser of cold room 1 was dirty: cleaned, calibrated, verified by the lead."""
    asked = shop.at(8, OPERATOR)
    order = await _ask(asked, "cold-store/cold-room-1-compressor", "冷凝器脏堵", "Condenser is dirty")
    order = await _steps(shop.at(7.9, CREW), order, ("approve", Told()), ("start", Told()))
    needs = NOTHING | {CheckKind.CALIBRATE: True}
    done = Told(
        findings="冷凝器翅片积灰，已清洗 Fins were full of dust, cleaned",
        labour_min=Decimal(75),
        no_parts=True,
        checks=needs,
        downtime_min=Decimal(90),
        **WORN,
    )
    crew = shop.at(7.8, CREW)
    order = await _steps(crew, order, ("done", done))
    await checks.finish_check(crew, order.id, CheckKind.CALIBRATE, "CAL-2026-118")
    await crew.flush()
    verified = Told(check_result="电流恢复正常 Its current is as it was")
    lead = shop.at(7.7, LEAD)
    signing = shop.signing(LEAD, "已现场复核 seen at the machine")
    order = await maintenance.take_step(lead, order.id, "verify", version=order.version, told=verified, signing=signing)
    await _steps(lead, order, ("close", Told()))


async def _in_progress(shop: Workshop) -> None:
    """The door seal of the freezer: half of it is new, the rest goes to the next shift."""
    order = await _ask(
        shop.at(0.8, OPERATOR), "cold-store/freezer-1", "冷冻库门封条开裂", "Door seal of the freezer is torn"
    )
    crew = shop.at(0.6, CREW)
    order = await _steps(crew, order, ("approve", Told()), ("assign", Told(assigned_to=CREW)), ("start", Told()))
    await labour.book_labour(crew, order.id, person=CREW, minutes=Decimal(50), note="拆旧封条 took the old seal off")
    seal = next((part for part in await parts.parts(crew) if part.number == "SEAL-12"), None)
    if seal is not None:
        await parts.use(crew, order.id, seal.id, Decimal(2))
    note = "上半段已换，下半段待换，勿久开门 The upper half is new; keep the door shut, the lower half follows"
    await labour.hand_over(crew, order.id, to=LEAD, note=note, version=order.version)
    await crew.flush()


async def _ask(work: Work, path: str, title_zh: str, title_en: str) -> Order:
    site = await plant.site(work)
    machine = await plant.machine_named(work, f"{site.code if site else ''}/{path}")
    order = await maintenance.open_order(
        work,
        equipment_id=machine.id,
        title_en=title_en,
        title_zh=title_zh,
        failure_mode=FailureMode.OTHER,
        due_on=(work.now + timedelta(days=3)).date(),
        told=f"{title_zh} {title_en}",
    )
    await work.flush()
    return order


async def _steps(work: Work, order: Order, *steps: tuple[str, Told]) -> Order:
    for name, told in steps:
        order = await maintenance.take_step(work, order.id, name, version=order.version, told=told)
    await work.flush()
    return order
