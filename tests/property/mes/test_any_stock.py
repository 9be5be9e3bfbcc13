"""A warehouse driven at random: goods are received, packed, moved, split, merged, issued, returned and counted.

At every moment stock is the sum of its ledger, by lot, by place and by container, and is what the test itself counts;
nothing is negative; no container holds more than stands where it is; what is done and undone leaves what was there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, rule, run_state_machine_as_test

from mes.batches import service as batches
from mes.batches.hands import Hand
from mes.inventory import containers, counting, ledger, splitting, stock
from mes.inventory import service as inventory
from mes.inventory.model import QualityStatus
from mes.inventory.standing import Container
from mes.materials.accounts import return_material
from mes.materials.issuing import issue_material
from mes.orders import service as orders
from mes.plant import service as plant
from telemetry.work import Pool, Work, begin
from tests.plugins.database import NOW, Database
from tests.property.mes.asking import Asking
from tests.property.mes.standing import PRODUCT, RAW, Stands, stand_up

ROOMS = ("cold-room-1", "cold-room-2", "line-1")
PLENTY = Decimal(1_000_000)
AMOUNTS = st.integers(1, 60).map(Decimal)
PLACES = st.sampled_from(ROOMS)

Spread = dict[tuple[int, int, str], Decimal]
"""How much of which lot stands where in which container; an empty number: loose."""


class AnyStock(Asking):
    """Rules are requests of the warehouse and the crew."""

    lots = Bundle("lots")
    boxes = Bundle("boxes")
    issues = Bundle("issues")

    def __init__(self, dsn: str, stands: Stands) -> None:
        super().__init__(dsn, stands)
        self.account: dict[int, Decimal] = {}  # by lot: what the test itself counts
        self.made: list[int] = []  # containers
        self.batch_id = 0
        self.rooms: dict[str, int] = {}

    @initialize()
    def a_batch_takes_all_it_is_given(self) -> None:
        async def begun(work: Work) -> int:
            planned = await orders.plan_order(work, item=PRODUCT, equipment_id=self.stands.line_id, quantity=PLENTY)
            order = await orders.release_order(work, planned.id, version=planned.version)
            batch = await batches.batch_of(work, order.id)
            assert batch is not None
            [operation] = await batches.operations(work, batch.id)
            hers = replace(work, actor="operator-1")
            await batches.start_operation(hers, operation.id, Hand(self.stands.ids["operator-1"]))
            return batch.id

        self.batch_id = self.ask("lead-1", begun)
        zones = self.look(lambda work: plant.zones(work))
        self.rooms = {zone.code: zone.id for zone in zones if zone.code in ROOMS}

    # -- the warehouse --------------------------------------------------------------------------------------

    @rule(target=lots, quantity=st.integers(1, 200).map(Decimal), room=PLACES)
    def receive(self, quantity: Decimal, room: str) -> int:
        said = {"number": f"RAW-{next(self.numbers)}", "item": RAW, "quantity": quantity, "zone_id": self.rooms[room]}
        last = {"expires_on": self.today + timedelta(days=90), "decided": QualityStatus.RELEASED}
        made = self.ask("warehouse-1", lambda work: stock.receive_lot(work, **said, **last))  # type: ignore[arg-type]
        self.account[made.id] = quantity
        return int(made.id)

    @rule(target=boxes, lot_id=lots, room=PLACES, quantity=AMOUNTS)
    def pack(self, lot_id: int, room: str, quantity: Decimal) -> Any:
        said = {"number": f"LPN-{next(self.numbers)}", "quantity": quantity}
        return self._box(lambda work: containers.pack(work, lot_id, self.rooms[room], **said))  # type: ignore[arg-type]

    @rule(target=boxes, box_id=boxes, quantity=AMOUNTS)
    def split_box(self, box_id: int, quantity: Decimal) -> Any:
        said = {"number": f"LPN-{next(self.numbers)}", "quantity": quantity}
        return self._box(lambda work: containers.split(work, box_id, **said))  # type: ignore[arg-type]

    def _box(self, request: Any) -> Any:
        made = self.ask("warehouse-1", request)
        if made is None:
            return multiple()
        self.made.append(made.id)
        return made.id

    @rule(box_id=boxes, into_id=boxes)
    def merge_boxes(self, box_id: int, into_id: int) -> None:
        self.ask("warehouse-1", lambda work: containers.merge(work, box_id, into_id=into_id))

    @rule(box_id=boxes, room=PLACES)
    def move_box(self, box_id: int, room: str) -> None:
        self.ask("warehouse-1", lambda work: containers.move(work, box_id, to_zone_id=self.rooms[room]))

    @rule(lot_id=lots, room=PLACES, to=PLACES, quantity=st.none() | AMOUNTS)
    def move(self, lot_id: int, room: str, to: str, quantity: Decimal | None) -> None:
        said = {"from_zone_id": self.rooms[room], "to_zone_id": self.rooms[to], "quantity": quantity}
        self.ask("warehouse-1", lambda work: stock.move_lot(work, lot_id, **said))  # type: ignore[arg-type]

    @rule(target=lots, lot_id=lots, room=PLACES, quantity=AMOUNTS)
    def split(self, lot_id: int, room: str, quantity: Decimal) -> Any:
        said = {"number": f"RAW-{next(self.numbers)}", "quantity": quantity, "zone_id": self.rooms[room]}
        made = self.ask("warehouse-1", lambda work: splitting.split_lot(work, lot_id, **said, reason="a part"))  # type: ignore[arg-type]
        if made is None:
            return multiple()
        self.account[lot_id] -= quantity
        self.account[made.id] = quantity
        return made.id

    @rule(target=lots, one=lots, other=lots, room=PLACES)
    def merge(self, one: int, other: int, room: str) -> Any:
        before = self.stands_there(one, room) + self.stands_there(other, room)
        taken = {lot_id: self.stands_there(lot_id, room) for lot_id in (one, other)}
        said = {"number": f"RAW-{next(self.numbers)}", "zone_id": self.rooms[room], "reason": "one lot"}
        made = self.ask("warehouse-1", lambda work: splitting.merge_lots(work, [one, other], **said))  # type: ignore[arg-type]
        if made is None:
            return multiple()
        for lot_id, quantity in taken.items():
            self.account[lot_id] -= quantity
        self.account[made.id] = before
        return made.id

    @rule(lot_id=lots, room=PLACES, counted=st.integers(0, 80).map(Decimal))
    def count(self, lot_id: int, room: str, counted: Decimal) -> None:
        """What stands loose is counted; a variance is signed."""
        spread = self.spread()
        booked = spread.get((lot_id, self.rooms[room], ""), Decimal(0))
        explained = counting.Explained(self.signed("lead-1"), "counted twice", booked)
        if self.ask(
            "lead-1", lambda work: counting.count(work, lot_id, self.rooms[room], counted, explained=explained)
        ):
            self.account[lot_id] += counted - booked

    @rule(box_id=boxes, room=PLACES, counted=st.integers(0, 80).map(Decimal))
    def count_box(self, box_id: int, room: str, counted: Decimal) -> None:
        box = self.look(lambda work: containers.container(work, box_id))
        explained = counting.Explained(self.signed("lead-1"), "counted twice", box.quantity)
        said = {"container": box, "explained": explained}
        if self.ask("lead-1", lambda work: counting.count(work, box.lot_id, self.rooms[room], counted, **said)):  # type: ignore[arg-type]
            self.account[box.lot_id] += counted - box.quantity

    # -- the crew -------------------------------------------------------------------------------------------

    @rule(target=issues, lot_id=lots, quantity=AMOUNTS)
    def issue_of_lot(self, lot_id: int, quantity: Decimal) -> Any:
        number = self.look(lambda work: inventory.lot(work, lot_id)).number
        return self._issue(lot_id, quantity, lot_number=number)

    @rule(target=issues, box_id=boxes, quantity=AMOUNTS)
    def issue_of_box(self, box_id: int, quantity: Decimal) -> Any:
        box = self.look(lambda work: containers.container(work, box_id))
        return self._issue(box.lot_id, quantity, container=box.number)

    def _issue(self, lot_id: int, quantity: Decimal, **scanned: str) -> Any:
        key = f"scan-{next(self.numbers)}"
        said = {"quantity": quantity, "key": key} | scanned
        made = self.ask("operator-1", lambda work: issue_material(work, self.batch_id, **said))  # type: ignore[arg-type]
        if made is None:
            return multiple()
        self.account[lot_id] -= quantity
        return made.issue.id, lot_id

    @rule(issued=issues, room=PLACES, quantity=AMOUNTS)
    def give_back(self, issued: tuple[int, int], room: str, quantity: Decimal) -> None:
        key = f"back-{next(self.numbers)}"
        said = {"quantity": quantity, "zone_id": self.rooms[room], "reason": "left over", "key": key}
        if self.ask("operator-1", lambda work: return_material(work, issued[0], **said)):  # type: ignore[arg-type]
            self.account[issued[1]] += quantity

    # -- done and undone ------------------------------------------------------------------------------------

    @rule(box_id=boxes, room=PLACES)
    def there_and_back(self, box_id: int, room: str) -> None:
        box, before = self.look(lambda work: containers.container(work, box_id)), self.spread()
        if self.ask("warehouse-1", lambda work: containers.move(work, box_id, to_zone_id=self.rooms[room])):
            assert self.spread() != before
            assert self.ask("warehouse-1", lambda work: containers.move(work, box_id, to_zone_id=box.zone_id))
            assert self.spread() == before

    @rule(box_id=boxes, quantity=AMOUNTS)
    def split_and_put_together(self, box_id: int, quantity: Decimal) -> None:
        before, said = self.spread(), {"number": f"LPN-{next(self.numbers)}", "quantity": quantity}
        part = self.ask("warehouse-1", lambda work: containers.split(work, box_id, **said))  # type: ignore[arg-type]
        if part:
            self.made.append(part.id)
            assert self.spread() != before
            assert self.ask("warehouse-1", lambda work: containers.merge(work, part.id, into_id=box_id))
            assert self.spread() == before

    # -- what must hold -------------------------------------------------------------------------------------

    @invariant()
    def stock_is_the_sum_of_its_ledger_and_what_was_counted(self) -> None:
        if not self.account:
            return
        assert self.look(ledger.differences) == []
        found = self.look(lambda work: inventory.lots(work, lot_ids=list(self.account)))
        assert {lot.id: lot.quantity for lot in found} == self.account
        spread = self.spread()
        assert all(quantity > 0 for quantity in spread.values()), spread
        for lot in found:
            rows = self.look(lambda work, id_=lot.id: ledger.movements(work, id_))  # type: ignore[misc]
            booked: Spread = {}
            names = {box.id: box.number for box in self.look(lambda work, id_=lot.id: self._boxes(work, [id_]))}  # type: ignore[misc]
            for row in rows:
                at = (lot.id, row.zone_id, names[row.container_id] if row.container_id else "")
                booked[at] = booked.get(at, Decimal(0)) + row.quantity
            assert {at: q for at, q in booked.items() if q} == {at: q for at, q in spread.items() if at[0] == lot.id}

    async def _boxes(self, work: Work, lot_ids: list[int]) -> list[Container]:
        return await containers.containers(work, lot_ids, full_only=False)

    def spread(self) -> Spread:
        """What stands where, in which container, as the tables say."""
        stays = self.look(lambda work: inventory.standings(work, list(self.account), now_only=True))
        boxes = [box for box in self.look(lambda work: self._boxes(work, list(self.account))) if box.quantity]
        found: Spread = {(box.lot_id, box.zone_id, box.number): box.quantity for box in boxes}
        for stay in stays:
            inside = sum(
                (b.quantity for b in boxes if (b.lot_id, b.zone_id) == (stay.lot_id, stay.zone_id)), Decimal(0)
            )
            if stay.quantity != inside:
                found[stay.lot_id, stay.zone_id, ""] = stay.quantity - inside
        return found

    def stands_there(self, lot_id: int, room: str) -> Decimal:
        """All of a lot at a place, loose and in containers."""
        at = self.rooms[room]
        return sum((q for (lot, zone, _), q in self.spread().items() if (lot, zone) == (lot_id, at)), Decimal(0))


@pytest.fixture
async def stands(pool: Pool) -> Stands:
    async with begin(pool, "plant", NOW) as work:
        return await stand_up(work)


def test_whatever_the_warehouse_does_stock_is_the_sum_of_its_ledger(database: Database, stands: Stands) -> None:
    plans = settings(max_examples=8, stateful_step_count=25, suppress_health_check=list(HealthCheck), deadline=None)
    run_state_machine_as_test(lambda: AnyStock(database.app, stands), settings=plans)  # type: ignore[arg-type]


def test_the_rules_reach_what_they_are_about(database: Database, stands: Stands) -> None:
    """A container is taken for a batch, a part comes back, the rest is counted away: each rule can do its work."""
    here = AnyStock(database.app, stands)
    try:
        here.a_batch_takes_all_it_is_given()
        lot_id = here.receive(Decimal(50), "cold-room-1")
        box_id = here.pack(lot_id, "cold-room-1", Decimal(20))
        here.there_and_back(box_id, "line-1")
        here.split_and_put_together(box_id, Decimal(5))
        issued = here.issue_of_box(box_id, Decimal(12))
        here.give_back(issued, "cold-room-2", Decimal(2))
        here.count_box(box_id, "cold-room-2", Decimal(8))  # it stands elsewhere
        here.count_box(box_id, "cold-room-1", Decimal(7))
        here.count(lot_id, "cold-room-1", Decimal(0))
        here.stock_is_the_sum_of_its_ledger_and_what_was_counted()
        assert [type(each).__name__ for each in here.refusals] == ["ContainerElsewhere"]
        assert here.account == {lot_id: Decimal(9)}
    finally:
        here.teardown()
