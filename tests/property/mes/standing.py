"""What every random plant begins with: the demo plant, people of every role, and a short master record in force."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from mes.items import service as items
from mes.items.model import Level
from mes.people import service as people
from mes.plant import service as plant
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.recipes import service as recipes
from mes.recipes.document import FefoPolicy, Line, MasterRecord, Operation, Step, StepKind
from telemetry.work import Work
from tests.plugins.filling import DEMO, LINE, PASSWORD

PRODUCT, RAW = "RM-PROTAMINE", "RM-INSULIN"
GTIN = "06901234567892"
PEOPLE = {"operator-1": "operator", "lead-1": "lead", "qa-1": "qa", "qa-2": "qa", "qc-1": "qc", "qp-1": "qp"}
SHANGHAI = ZoneInfo("Asia/Shanghai")
STEP = Step(code="area", kind=StepKind.CONFIRM, text_en="Look", text_zh="查看")
MAKE = Operation(code="make", name_en="Making", name_zh="制造", steps=(STEP,))
NEED = Line(
    number=10,
    item=RAW,
    quantity=Decimal(100),
    unit="g",
    over_pct=Decimal(10),
    under_pct=Decimal(100),
    fefo=FefoPolicy.OFF,
)
RECORD = MasterRecord(
    product=PRODUCT,
    title_en="Protamine",
    title_zh="鱼精蛋白",
    batch_size=Decimal(100),
    unit="g",
    yield_low_pct=Decimal(0),
    shelf_life_days=30,
    lines=(NEED,),
    operations=(MAKE,),
)


@dataclass(frozen=True, slots=True)
class Stands:
    """What every plant begins with."""

    ids: dict[str, int]  # of people
    zone_id: int
    line_id: int


async def stand_up(work: Work) -> Stands:
    """The demo plant with people of every role and a short master record, committed once for all plants."""
    await apply(work, read_plant(DEMO), "test")
    first, *others = PEOPLE
    await people.create_person(work, first, first, [PEOPLE[first]], PASSWORD)
    await work.db.execute(
        "insert into person (username, printed_name, password_hash) select u, u, p.password_hash"
        " from person p, unnest(%s::text[]) u where p.username = %s",
        [others, first],
    )
    for name in others:
        await work.db.execute(
            "insert into person_role (person_id, role) select id, %s from person where username = %s",
            [PEOPLE[name], name],
        )
    await recipes.install(work, RECORD, number=1, reason="any plant")
    await items.add_gtin(work, PRODUCT, GTIN, level=Level.EACH, quantity=Decimal(1), reason="any plant")
    ids = {person.username: person.id for person in await people.people(work)}
    zone, line = await plant.zone_named(work, "cold-room-1"), await plant.machine_named(work, LINE)
    return Stands(ids, zone.id, line.id)
