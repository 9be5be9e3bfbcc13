"""A bad raw lot, the pens that were made of it, and a hospital that has some of them; people who recall them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mes.recall import notices, recovering, service, stepping
from mes.recall.accounts import Account, Entry, Fate
from mes.recall.model import Kind, Recall, RecallClass
from mes.recall.notices import Channel, Event, Told
from mes.recall.recovering import Found
from mes.recall.stepping import Signing, Standing
from mes.shipments import customers
from telemetry.work import begin
from tests.integration.genealogy.plant_of_lots import SQL as FACTS
from tests.integration.genealogy.plant_of_lots import PlantOfLots, plant_of_lots
from tests.integration.shipments.dispatch import HOSPITAL, Dispatch
from tests.plugins.cold_room import NINE, ColdStore, signed_by
from tests.plugins.cold_room import SQL as PLANT

HOSPITAL_NAME = HOSPITAL.name


@dataclass(slots=True)
class Story:
    """Raw lot R1 went into pens P1 and P2; 40 of P1 are at the hospital."""

    dispatch: Dispatch

    @property
    def plant(self) -> ColdStore:
        return self.dispatch.plant

    @property
    def lots(self) -> dict[str, int]:
        return self.plant.lots

    async def open(self, *lots: str, kind: Kind = Kind.REAL, recall_class: RecallClass = RecallClass.I) -> Recall:
        opening = service.Opening(
            kind=kind,
            recall_class=recall_class,
            reason="glass in the solution",
            lot_ids=tuple(self.lots[lot] for lot in lots),
        )
        async with self.plant.work("lead") as work:
            return await service.open_recall(work, opening)

    async def sign(self, found: Recall, act: str, who: str, *, version: int | None = None) -> Recall:
        async with self.plant.work(who) as work:
            signing = Signing(
                credentials=signed_by(who),
                meaning="approved",
                reason="looked through",
                version=version or (await service.recall(work, found.id)).version,
            )
            after: Recall = await getattr(stepping, act)(work, found.id, signing)
        return after

    async def step(self, found: Recall, step: str, *, version: int | None = None, note: str = "") -> Recall:
        async with self.plant.work("qa") as work:
            at = version or (await service.recall(work, found.id)).version
            if step == "extend":
                return await stepping.extend(work, found.id, version=at)
            return await stepping.take_step(work, found.id, step, version=at, note=note)

    async def tell(self, found: Recall, event: Event = Event.SENT, **told: Any) -> notices.Notice:
        said = {"consignee": HOSPITAL_NAME, "event": event, "channel": Channel.TELEPHONE, "person": "the pharmacist"}
        async with self.plant.work("warehouse") as work:
            return await notices.record(work, found.id, Told(**(said | told)))

    async def recover(
        self, found: Recall, lot: str, fate: Fate, quantity: str, *, shipment: str = "", note: str = ""
    ) -> Entry:
        entry = Found(lot_id=self.lots[lot], shipment=shipment, fate=fate, quantity=Decimal(quantity), note=note)
        async with self.plant.work("warehouse") as work:
            return await recovering.recover(work, found.id, entry)

    async def look(self, found: Recall) -> Standing:
        async with self.plant.work() as work:
            return await stepping.look(work, await service.recall(work, found.id))

    async def line(self, found: Recall, lot: str, *, sent: bool = False) -> Account:
        rows = (await self.look(found)).accounts
        [row] = [each for each in rows if each.line.lot == lot and each.line.in_plant is not sent]
        return row

    async def audited(self, found: Recall) -> list[str]:
        rows = await self.plant.rows(
            "select action from audit where entity = 'recall' and entity_id = %s order by seq", str(found.id)
        )
        return [str(row[0]) for row in rows]

    async def notified(self, kind: Kind = Kind.REAL, recall_class: RecallClass = RecallClass.I) -> Recall:
        """One that everyone was told of."""
        found = await self.open("R1", kind=kind, recall_class=recall_class)
        await self.sign(found, "sign_scope", "qa")
        await self.step(found, "apply_holds")
        await self.tell(found)
        return await self.step(found, "notify")


async def story_of(dispatch: Dispatch) -> Story:
    """R1 into P1 and P2; 40 of P1 went to the hospital an hour ago."""
    plant = dispatch.plant
    async with begin(plant.pool, "admin", NINE) as work:
        await work.run(PLANT["colleagues"], usernames=["qp"])
        await customers.add(work, "CLINIC", customers.Told(name="Clinic", address="2 Story Road", contact="nurse"))
    for pens in ("P1", "P2"):
        await dispatch.lot(pens)
    async with begin(plant.pool, "lead", NINE) as work:
        made = await plant_of_lots(work, plant.rooms)
        await made.lot("R1", "API", "12")
        await made.lot("R2", "API", "30")
        for pens, raw in (("P1", "R1"), ("P2", "R1")):
            await _made_of(made, plant, pens, raw)
        plant.lots |= made.lots
    await dispatch.shipped("P1", quantity="40")
    return Story(dispatch)


async def _made_of(made: PlantOfLots, plant: ColdStore, pens: str, raw: str) -> None:
    made.lots[pens] = plant.lots[pens]
    made.batches[pens] = await made.work.scalar(FACTS["batch"], lot_id=plant.lots[pens], now=made.work.now)
    await made.issue(pens, raw, "4")
