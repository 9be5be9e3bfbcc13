"""The demo plant's quality system: documents in force, a crew trained on them, suppliers approved, cases in hand.

Told in days before the first start, by the demo's people, each with their own password.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from isotherm.demo_documents import DELIVERERS, GOODS, PROCEDURES, SOP_201_NEXT, Deliverer, Procedure
from isotherm.first_entry import FirstEntry
from mes.actions import service as actions
from mes.actions.model import Ask, Kind
from mes.capa import service as capas
from mes.changes import service as changes
from mes.changes import stepping
from mes.changes.model import Change, Class, Department
from mes.changes.model import Kind as ChangeKind
from mes.complaints import service as complaints
from mes.documents import service as documents
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.purchasing import service as purchasing
from mes.purchasing.model import Ordered
from mes.quality.model import Severity
from mes.suppliers import service as suppliers
from mes.training import service as training
from mes.training.model import Need
from telemetry.work import Work

FIRST = "首版 first version of the demo plant"
AUTHOR, QA, LEAD, KEEPER = "engineer", "qa", "lead", "warehouse"
CREW = ("operator", LEAD, "qc")
"""The warehouse keeper has training to do yet."""


@dataclass(frozen=True, slots=True)
class Office:
    """The demo's people at their desks: whoever does something so many days before the start."""

    work: Work
    started: datetime
    today: date  # of the start, in the plant's calendar
    entries: Mapping[str, FirstEntry]

    def at(self, days_before: float, who: str) -> Work:
        return Work(who, self.started - timedelta(days=days_before), self.work.db)

    def hand(self, who: str) -> Credentials:
        return Credentials(who, self.entries[who].password, "demo")

    def due(self, days: int) -> date:
        return self.today + timedelta(days=days)


async def prove(work: Work, started: datetime, entries: list[FirstEntry]) -> None:
    """Fill a plant without documents; one that has any is left as it is. `started`: not after `work.now`."""
    if await documents.documents(work):
        return
    today = started.astimezone(await plant.time_zone(work)).date()
    office = Office(work, started, today, {entry.username: entry for entry in entries})
    for procedure in PROCEDURES:
        await _into_force(office, procedure)
    await _train(office)
    for deliverer in DELIVERERS:
        await _approve(office, deliverer)
    await _order_goods(office)
    await _capa(office)
    await _change(office)
    await _complaint(office)


async def _into_force(office: Office, procedure: Procedure) -> None:
    author = office.at(12, AUTHOR)
    said = documents.Draft(
        code=procedure.code,
        change_reason=FIRST,
        title_en=procedure.title_en,
        title_zh=procedure.title_zh,
        text=procedure.text,
    )
    made = await documents.draft(author, said)
    made = await documents.take_step(author, made.id, "submit", version=made.version)
    await author.flush()
    qa = office.at(11.8, QA)
    await documents.approve(
        qa,
        made.id,
        version=made.version,
        effective_from=None,
        credentials=office.hand(QA),
        meaning=Meaning.APPROVED,
        reason="与工艺一致 as the process is",
    )
    for role in procedure.roles:
        need = Need(code=procedure.code, role=role, valid_days=365)
        await training.put_need(qa, office.entries[QA].roles, need, reason=FIRST)
    await qa.flush()


async def _train(office: Office) -> None:
    """Each of the crew reads and signs at once whatever their role must know."""
    versions = {each.code: each.id for each in await documents.documents(office.work)}
    for who in CREW:
        own = [versions[each.code] for each in PROCEDURES if set(each.roles) & set(office.entries[who].roles)]
        reader = office.at(11, who)
        await training.read_and_understood(
            reader,
            own,
            credentials=office.hand(who),
            meaning=Meaning.ACKNOWLEDGED,
            reason="已阅读并理解 read and understood",
        )
        await reader.flush()


async def _approve(office: Office, deliverer: Deliverer) -> None:
    qa = office.at(13, QA)
    await suppliers.add(qa, deliverer.code, deliverer.name, country=deliverer.country, reason=FIRST)
    for item in deliverer.items:
        terms = {"valid_from": office.due(-30), "valid_until": office.due(335), "basis": deliverer.basis}
        said = suppliers.Approving(supplier=deliverer.code, item=item, **terms)  # type: ignore[arg-type]
        await suppliers.approve(
            qa, said, credentials=office.hand(QA), meaning=Meaning.APPROVED, reason="符合要求 meets what is asked"
        )
    await qa.flush()


async def _order_goods(office: Office) -> None:
    keeper = office.at(4, KEEPER)
    rows = {
        row: Ordered(
            order_number=order,
            line=line,
            item=item,
            supplier=supplier,
            quantity=Decimal(quantity),
            unit=unit,
            due_on=office.due(days),
        )
        for row, (order, line, item, supplier, quantity, unit, days) in enumerate(GOODS, start=1)
    }
    await purchasing.import_lines(keeper, rows)
    await keeper.flush()


async def _capa(office: Office) -> None:
    """Doors that stood open: its plan is approved, one of two actions done."""
    lead = office.at(9, LEAD)
    opening = capas.Opening(
        title="装货时冷库门久开 Cold room doors stand open while trucks load",
        problem="一个月内两次短时超温，均在装货时 Two short excursions in a month, both while a truck was loaded",
        owner="maintenance",
    )
    made = await capas.open_capa(lead, opening)
    for text, days in (("安装门磁报警 Fit door alarms", -1), ("装货改在缓冲间 Load through the anteroom", 12)):
        asked = Ask(kind=Kind.CORRECTIVE, text=text, owner="maintenance", due_on=office.due(days))
        await capas.plan_action(lead, made.id, asked, version=(await capas.capa(lead, made.id)).version)
    now = await capas.capa(lead, made.id)
    now = await capas.take_step(lead, now.id, "evaluate", version=now.version, said=capas.Said())
    judged = capas.Said(evaluation="产品影响小，重复可能性高 Small effect on product, likely to happen again")
    now = await capas.take_step(lead, now.id, "investigate", version=now.version, said=judged)
    await lead.flush()
    qa = office.at(8, QA)
    plan = capas.Said(
        cause_method="five_whys",
        root_cause="装货口无缓冲间，门无提示 No anteroom at the dock, and nothing tells that a door is open",
        metric="装货时超温次数 excursions while loading",
        threshold="0",
        window_from=office.due(14),
        window_to=office.due(44),
    )
    signed = {"credentials": office.hand(QA), "meaning": Meaning.APPROVED, "reason": "措施针对原因 meets the cause"}
    now = await capas.sign_step(qa, now.id, "approve_plan", version=now.version, said=plan, **signed)  # type: ignore[arg-type]
    await qa.flush()
    doer = office.at(3, "maintenance")
    await capas.take_step(doer, now.id, "implement", version=now.version, said=capas.Said())
    first = (await actions.actions(doer, capas.record(now)))[0]
    await actions.finish(doer, first.id, version=first.version, evidence="WO-118, 门磁测试记录 record of the door test")
    await doer.flush()


async def _change(office: Office) -> None:
    """Ten cartridges instead of five: approved, being made; its procedure is in review."""
    author = office.at(7, AUTHOR)
    draft = changes.Draft(
        kind=ChangeKind.PROCESS,
        subject="recipe:FG-PEN",
        title="灌装重量抽检由五支改为十支 Weigh ten cartridges instead of five",
        description="SOP-201 与批记录 fill/weight-check 同步修订 SOP-201 and that step change together",
        reason="五支样本难以发现漂移 Five samples hardly show a drift",
        products=("FG-PEN",),
    )
    now = await changes.draft_change(author, draft)
    asked = Ask(
        kind=Kind.IMPLEMENTATION,
        text="修订 SOP-201 Revise SOP-201",
        owner=AUTHOR,
        due_on=office.due(5),
        document="SOP-201",
    )
    await stepping.plan_action(author, now.id, asked, version=now.version)
    now = await changes.change(author, now.id)
    now = await stepping.take_step(author, now.id, "submit", version=now.version, said=stepping.Said())
    await author.flush()
    for department in Department:
        now = await _say(office, now, department)
    qa = office.at(5, QA)
    now = await stepping.take_step(qa, now.id, "assess", version=now.version, said=stepping.Said(class_=Class.MINOR))
    signed = {"credentials": office.hand(QA), "meaning": Meaning.APPROVED, "reason": "风险降低 lowers the risk"}
    now = await stepping.sign_step(qa, now.id, "approve", version=now.version, **signed)  # type: ignore[arg-type]
    await qa.flush()
    author = office.at(4, AUTHOR)
    await stepping.take_step(author, now.id, "implement", version=now.version, said=stepping.Said())
    reason = f"{now.number}: 抽检十支 ten cartridges"
    next_one = await documents.draft(author, documents.Draft(code="SOP-201", change_reason=reason, text=SOP_201_NEXT))
    await documents.take_step(author, next_one.id, "submit", version=next_one.version)
    await author.flush()


async def _say(office: Office, now: Change, department: Department) -> Change:
    who = {Department.PRODUCTION: LEAD, Department.ENGINEERING: AUTHOR}.get(department, QA)
    affected = department in {Department.PRODUCTION, Department.QUALITY}
    said = "抽检时间增加两分钟 two more minutes a check" if affected else "无影响 no effect"
    work = office.at(6, who)
    now = await changes.say_impact(
        work, now.id, version=now.version, department=department, affected=affected, said=said
    )
    await work.flush()
    return now


async def _complaint(office: Office) -> None:
    """Bubbles in a cartridge: classified, being looked into."""
    keeper = office.at(2, KEEPER)
    receipt = complaints.Receipt(
        source="海口市人民医院 Haikou People's Hospital",
        description="一支注射笔卡式瓶内有气泡，未使用 Bubbles in the cartridge of one pen, not used",
        received_on=office.due(-2),
        lot_number="PEN-2610-07",
    )
    made = await complaints.record_complaint(keeper, receipt)
    await keeper.flush()
    qa = office.at(1.5, QA)
    said = complaints.Said(severity=Severity.MINOR)
    await complaints.take_step(qa, made.id, "investigate", version=made.version, said=said)
    await qa.flush()
