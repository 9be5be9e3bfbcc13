"""A plant driven at random through lots, holds, orders, issues, reviews and releases: what must hold, holds.

Stock is the sum of its ledger; no lot that may not be used is consumed; no batch is released past a gate that is shut;
every change is in the audit trail, and the trail's chain verifies. Each plant is one transaction that is rolled back;
each rule is a request of its own in it, refused or kept as a whole.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from mes.audit import reviews
from mes.audit.reviews import Conclusion, Range
from mes.batches import service as batches
from mes.batches.hands import Hand
from mes.equipment import service as equipment
from mes.inventory import decisions, ledger, stock
from mes.inventory import service as inventory
from mes.materials.issuing import issue_material
from mes.orders import service as orders
from mes.orders.completion import Made, complete_order
from mes.release import proofs
from mes.release import service as release
from mes.release.service import Signing
from telemetry.work import Pool, Work, begin
from tests.plugins.database import NOW, Database
from tests.property.mes.asking import Asking
from tests.property.mes.standing import GTIN, PRODUCT, RAW, Stands, stand_up

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Raw:
    """What the test itself knows of a lot."""

    number: str
    last_day: date
    released: bool = False
    holds: int = 0

    def usable(self, today: date) -> bool:
        return self.released and not self.holds and today <= self.last_day


@dataclass(slots=True)
class Run:
    """What the test itself knows of a batch."""

    order_id: int
    batch_id: int
    lot_id: int
    consumed: set[int] = field(default_factory=set)
    made: bool = False
    proven: set[str] = field(default_factory=set)
    decided: bool = False


class AnyPlant(Asking):
    """Rules are requests of people; a refusal is an answer, anything else that is raised is a defect."""

    lots = Bundle("lots")
    runs = Bundle("runs")

    def __init__(self, dsn: str, stands: Stands) -> None:
        super().__init__(dsn, stands)
        self.known: dict[int, Raw] = {}
        self.batches: dict[int, Run] = {}

    # -- lots -----------------------------------------------------------------------------------------------

    @rule(target=lots, quantity=st.integers(1, 200), days=st.integers(0, 3))
    def receive(self, quantity: int, days: int) -> int:
        number, last_day = f"RAW-{next(self.numbers)}", self.today + timedelta(days=days)
        said = {"number": number, "item": RAW, "quantity": Decimal(quantity), "zone_id": self.zone_id}
        made = self.ask("warehouse-1", lambda work: stock.receive_lot(work, **said, expires_on=last_day))  # type: ignore[arg-type]
        lot_id: int = made.id
        self.known[lot_id] = Raw(number, last_day)
        return lot_id

    @rule(lot_id=lots)
    def release_lot(self, lot_id: int) -> None:
        version = self.look(lambda work: inventory.lot(work, lot_id)).version
        said = {"version": version, "meaning": "released", "reason": "in specification"}
        if self.ask("qa-1", lambda work: decisions.judge_lot(work, lot_id, "release", self.signed("qa-1"), **said)):  # type: ignore[arg-type]
            self.known[lot_id].released = True

    @rule(lot_id=lots)
    def hold_lot(self, lot_id: int) -> None:
        if self.ask("operator-1", lambda work: decisions.hold_by_hand(work, lot_id, reason="looks odd")):
            self.known[lot_id].holds += 1

    @rule(lot_id=lots, signer=st.sampled_from(["qa-1", "operator-1"]))
    def lift_a_hold(self, lot_id: int, signer: str) -> None:
        active = [h for h in self.look(lambda work: inventory.holds(work, lot_ids=[lot_id])) if h.active]
        if not active:
            return
        said = {"meaning": "released", "reason": "it is fine"}
        who = self.signed(signer)
        if self.ask(signer, lambda work: decisions.lift_by_hand(work, active[0].id, who, **said)):
            assert signer == "qa-1", "an operator lifted a hold"
            self.known[lot_id].holds -= 1

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    # -- batches --------------------------------------------------------------------------------------------

    @rule(target=runs)
    def begin_a_batch(self) -> Any:
        async def begun(work: Work) -> tuple[int, int, int]:
            planned = await orders.plan_order(
                work, item=PRODUCT, equipment_id=self.stands.line_id, quantity=Decimal(100)
            )
            order = await orders.release_order(work, planned.id, version=planned.version)
            batch = await batches.batch_of(work, order.id)
            assert batch is not None
            assert batch.lot_id is not None
            [operation] = await batches.operations(work, batch.id)
            hers = replace(work, actor="operator-1")
            await batches.start_operation(hers, operation.id, Hand(self.stands.ids["operator-1"]))
            return order.id, batch.id, batch.lot_id

        made = self.ask("lead-1", begun)
        if made is None:
            assert self.batches, "a clean line that nothing runs on was refused"
            return multiple()
        order_id, batch_id, lot_id = made
        self.batches[batch_id] = Run(order_id=order_id, batch_id=batch_id, lot_id=lot_id)
        return batch_id

    @rule()
    def clean_the_line(self) -> None:
        async def cleaned(work: Work) -> object:
            begun = await equipment.start_cleaning(work, self.stands.line_id, method="SOP-301")
            who, other = self.signed("operator-1"), self.signed("lead-1")
            ended = await equipment.finish_cleaning(work, begun.id, who, version=begun.version)
            checking = replace(work, actor="lead-1")
            return await equipment.check_cleaning(checking, ended.id, other, passed=True, version=ended.version)

        self.ask("operator-1", cleaned)

    @rule(batch_id=runs, lot_id=lots, quantity=st.integers(1, 120))
    def issue(self, batch_id: int, lot_id: int, quantity: int) -> None:
        raw, run = self.known[lot_id], self.batches[batch_id]
        key = f"scan-{next(self.numbers)}"
        said = {"lot_number": raw.number, "quantity": Decimal(quantity), "key": key}
        stood = self.look(lambda work: inventory.lot(work, lot_id)).quantity
        for _ in range(2):  # a double tap
            done = self.ask("operator-1", lambda work: _noted(work, issue_material(work, batch_id, **said)))  # type: ignore[arg-type]
        left = self.look(lambda work: inventory.lot(work, lot_id)).quantity
        if done is None:
            assert left == stood
            return
        assert raw.usable(self.today), "a lot that may not be used was consumed"
        assert not run.made
        assert left == stood - quantity, "one scan took something else than it said"
        run.consumed.add(lot_id)

    @rule(batch_id=runs)
    def finish(self, batch_id: int) -> None:
        run = self.batches[batch_id]

        async def ended(work: Work) -> bool:
            [operation] = await batches.operations(work, batch_id)
            [step] = await batches.steps_of(work, operation.id)
            hand = Hand(self.stands.ids["operator-1"], self.signed("operator-1"))
            await batches.report(work, step.id, batches.Entry(values={}), hand, version=step.version)
            [operation] = await batches.operations(work, batch_id)
            await batches.complete_operation(work, operation.id, hand, version=operation.version)
            await complete_order(work, run.order_id, Made(quantity=Decimal(95), zone_id=self.zone_id))
            return True

        if self.ask("operator-1", ended):
            run.made = True

    @rule(batch_id=runs, label=st.booleans(), laboratory=st.booleans(), trail=st.booleans())
    def review(self, batch_id: int, label: bool, laboratory: bool, trail: bool) -> None:
        """What the gates ask for beside the record itself, or a part of it."""
        run = self.batches[batch_id]
        if label and self.ask("operator-1", lambda w: self._label(w, run)):
            run.proven.add("label")
        if laboratory and self.ask("qc-1", lambda w: self._laboratory(w, batch_id)):
            run.proven.add("laboratory")
        self.ask("lead-1", lambda w: self._judge(w, release.review_production, batch_id, "lead-1", "reviewed"))
        if trail and self.ask("qa-2", lambda w: self._trail(w, batch_id)):
            run.proven.add("trail")
        self.ask("qa-1", lambda w: self._judge(w, release.review_quality, batch_id, "qa-1", "reviewed"))

    @rule(batch_id=runs, who=st.sampled_from(["qp-1", "qp-1", "qa-1", "lead-1"]))
    def certify(self, batch_id: int, who: str) -> None:
        run = self.batches[batch_id]
        if not self.ask(who, lambda w: self._judge(w, release.certify, batch_id, who, "released")):
            return
        assert who == "qp-1", "somebody else than the qualified person certified"
        assert run.made
        assert run.proven == {"label", "laboratory", "trail"}, "released past a gate"
        assert not [lot for lot in run.consumed if self.known[lot].holds], "released with a consumed lot on hold"
        lot = self.look(lambda work: inventory.lot(work, run.lot_id))
        assert lot.quality_status == "released"
        run.decided = True

    async def _label(self, work: Work, run: Run) -> object:
        lot = await inventory.lot(work, run.lot_id)
        last_day = f"(17){lot.expires_on:%y%m%d}" if lot.expires_on else ""
        text = f"(01){GTIN}{last_day}(10){lot.number}"
        said = {"text": text, "note": "first label", "meaning": "verified"}
        made = await proofs.record_label(work, run.batch_id, self.signed("operator-1"), **said)
        return made if made.passed else None

    async def _laboratory(self, work: Work, batch_id: int) -> object:
        said = {"certificate": "COA-1", "passed": True, "note": "in specification"}
        return await proofs.record_laboratory(work, batch_id, self.signed("qc-1"), **said)  # type: ignore[arg-type]

    async def _judge(
        self, work: Work, act: Callable[[Work, int, Signing], Awaitable[object]], batch_id: int, who: str, meaning: str
    ) -> object:
        version = (await batches.batch(work, batch_id)).version
        signing = Signing(credentials=self.signed(who), meaning=meaning, reason="read", version=version)
        return await act(work, batch_id, signing)

    async def _trail(self, work: Work, batch_id: int) -> object:
        about = Range(scope="batch", subject=str(batch_id))
        said = {"findings": "", "conclusion": Conclusion.NO_FINDINGS, "meaning": "reviewed", "reason": "looked through"}
        return await reviews.sign_review(work, about, credentials=self.signed("qa-2"), **said)  # type: ignore[arg-type]

    def count_released(self) -> int:
        return sum(run.decided for run in self.batches.values())

    # -- what must hold -------------------------------------------------------------------------------------

    @invariant()
    def stock_is_the_sum_of_its_ledger(self) -> None:
        if self.known:
            assert self.look(ledger.differences) == []


async def _noted(work: Work, issuing: Awaitable[Answer]) -> Answer:
    """A scan that comes again changes nothing and leaves no row of its own: this one leaves its name."""
    answer = await issuing
    work.audit("test.scan", "test", "scan")
    return answer


@pytest.fixture
async def stands(pool: Pool) -> Stands:
    async with begin(pool, "plant", NOW) as work:
        return await stand_up(work)


def test_whatever_people_do_what_must_hold_holds(database: Database, stands: Stands) -> None:
    plans = settings(max_examples=8, stateful_step_count=25, suppress_health_check=list(HealthCheck), deadline=None)
    run_state_machine_as_test(lambda: AnyPlant(database.app, stands), settings=plans)  # type: ignore[arg-type]


def test_a_plant_goes_all_the_way_to_a_release(database: Database, stands: Stands) -> None:
    """The machine's own rules reach a release: what it holds against releases is not held against nothing."""
    plant_ = AnyPlant(database.app, stands)
    try:
        lot_id = plant_.receive(150, 3)
        plant_.release_lot(lot_id)
        batch_id = plant_.begin_a_batch()
        plant_.issue(batch_id, lot_id, 100)
        plant_.finish(batch_id)
        plant_.certify(batch_id, "qp-1")
        assert plant_.count_released() == 0, plant_.refusals
        plant_.review(batch_id, True, True, True)
        plant_.hold_lot(lot_id)
        plant_.certify(batch_id, "qp-1")
        assert plant_.count_released() == 0, plant_.refusals
        plant_.lift_a_hold(lot_id, "qa-1")
        plant_.certify(batch_id, "lead-1")
        plant_.certify(batch_id, "qp-1")
        assert plant_.count_released() == 1, plant_.refusals
        plant_.stock_is_the_sum_of_its_ledger()
    finally:
        plant_.teardown()
