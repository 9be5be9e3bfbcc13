"""The random plant again, with goods that are shipped and recalls, real and rehearsed, that people begin and drive.

No lot of a real recall is used or shipped after it was held; a rehearsal holds nothing; what is left and what is
entered is at every moment all that there was; nothing closes before every quantity is accounted for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, rule, run_state_machine_as_test

from mes.inventory import service as inventory
from mes.recall import notices, recovering, service, stepping
from mes.recall.accounts import Account, Fate
from mes.recall.model import Kind, Recall, RecallClass, Status
from mes.recall.notices import Event, Told
from mes.recall.recovering import Found
from mes.recall.stepping import Signing, Standing
from mes.shipments import customers
from mes.shipments import service as shipments
from mes.shipments.model import Transport
from telemetry.work import Pool, Work, begin
from tests.plugins.database import NOW, Database
from tests.property.mes.standing import RAW, Stands, stand_up
from tests.property.mes.test_any_plant import AnyPlant

HOSPITAL = customers.Told(name="Hospital of the story", address="1 Story Road", contact="pharmacy")
SIGNERS = {"sign_scope": "qa-1", "call_off": "qa-1", "close": "qp-1"}
UNSIGNED = ("apply_holds", "notify", "recover", "reconcile", "reopen", "evaluate")
SETTLED = {Status.RECONCILED, Status.EVALUATED, Status.CLOSED}


@dataclass(slots=True)
class Known:
    """What the test itself knows of a recall."""

    lot_id: int
    kind: Kind
    held: bool = False


class AnyRecall(AnyPlant):
    """Rules of the plant and those of recalls."""

    lots = Bundle("lots")
    recalls = Bundle("recalls")

    def __init__(self, dsn: str, stands: Stands) -> None:
        super().__init__(dsn, stands)
        self.recalled: dict[int, Known] = {}
        self.shipped = 0

    # -- rules ----------------------------------------------------------------------------------------------

    @rule(lot_id=lots, quantity=st.integers(1, 60))
    def ship(self, lot_id: int, quantity: int) -> None:
        raw = self.known[lot_id]

        async def gone(work: Work) -> object:
            lines = [shipments.Asked(RAW, Decimal(quantity))]
            plan = shipments.Plan(customer="HOSP", lines=lines, transport=Transport.COLD_ROAD, planned_on=self.today)
            made = await shipments.plan(work, plan)
            await shipments.pick(work, made.id, raw.number, quantity=Decimal(quantity), override="the customer's wish")
            made = await shipments.shipment(work, made.id)
            for act in (shipments.finish_picking, shipments.load, shipments.ship):
                made = await act(work, made.id, version=made.version)
            return made

        if self.ask("lead-1", gone):
            assert raw.usable(self.today), "a lot that may not be used was shipped"
            self.shipped += 1

    @rule(target=recalls, lot_id=lots, kind=st.sampled_from(Kind), class_=st.sampled_from(RecallClass))
    def begin_a_recall(self, lot_id: int, kind: Kind, class_: RecallClass) -> Any:
        opening = service.Opening(kind=kind, recall_class=class_, reason="glass", lot_ids=(lot_id,))
        made: Recall = self.ask("lead-1", lambda work: service.open_recall(work, opening))
        self.recalled[made.id] = Known(lot_id, kind)
        return made.id

    @rule(recall_id=recalls, quantity=st.integers(1, 200), lost=st.booleans())
    def go_on(self, recall_id: int, quantity: int, lost: bool) -> None:
        """What comes next, whatever state it is in."""
        match self.standing(recall_id).recall.status:
            case Status.INITIATED:
                self.sign(recall_id, "sign_scope", "qa-1")
            case Status.SCOPED:
                self.take(recall_id, "apply_holds")
            case Status.HOLD_APPLIED:
                self._tell(recall_id, Event.SENT)
                self.take(recall_id, "notify")
            case Status.NOTIFIED | Status.RECOVERING:
                self._count(recall_id, Decimal(quantity), lost)
            case Status.RECONCILED:
                self.take(recall_id, "evaluate")
            case Status.EVALUATED:
                self._report(recall_id)
                self.sign(recall_id, "close", "qp-1")

    @rule(
        recall_id=recalls,
        step=st.sampled_from([*UNSIGNED, *SIGNERS]),
        who=st.sampled_from(["qa-1", "qp-1", "operator-1"]),
    )
    def meddle(self, recall_id: int, step: str, who: str) -> None:
        """Any step at any time by anyone: taken, or refused."""
        done = self.sign(recall_id, step, who) if step in SIGNERS else self.take(recall_id, step)
        assert not done or step not in SIGNERS or who == SIGNERS[step], "somebody signed what is another's to sign"

    @rule(recall_id=recalls, extra=st.integers(1, 5))
    def enter_too_much(self, recall_id: int, extra: int) -> None:
        for each in self.standing(recall_id).accounts:
            assert not self._enter(recall_id, each, each.left + extra, Fate.LOCATED)

    # -- what must hold -------------------------------------------------------------------------------------

    @invariant()
    def what_is_left_and_what_is_entered_is_all_there_was(self) -> None:
        for recall_id in self.recalled:
            now = self.standing(recall_id)
            for each in now.accounts:
                assert each.left >= 0
                assert each.left + sum(each.by_fate.values()) == each.expected
                assert each.reconciled or now.recall.status not in SETTLED, "settled with quantities open"

    @invariant()
    def a_rehearsal_holds_nothing_and_a_recall_everything_that_came_of_it(self) -> None:
        for recall_id, known in self.recalled.items():
            holds = self.look(lambda work, id_=recall_id: inventory.holds(work, cause=f"recall:{id_}"))  # type: ignore[misc]
            held = {hold.lot_id for hold in holds if hold.active}
            assert bool(held) == known.held
            if known.held:
                assert known.lot_id in held
                assert held == {each.lot_id for each in self.standing(recall_id).lines}

    # -- people ---------------------------------------------------------------------------------------------

    def standing(self, recall_id: int) -> Standing:
        async def looked(work: Work) -> Standing:
            return await stepping.look(work, await service.recall(work, recall_id))

        return self.look(looked)

    def sign(self, recall_id: int, step: str, who: str) -> bool:
        version = self.standing(recall_id).recall.version
        signing = Signing(credentials=self.signed(who), meaning="approved", reason="read", version=version)
        act = getattr(stepping, step)
        return self.ask(who, lambda work: act(work, recall_id, signing)) is not None

    def take(self, recall_id: int, step: str) -> bool:
        version = self.standing(recall_id).recall.version
        done = self.ask(
            "qa-1", lambda work: stepping.take_step(work, recall_id, step, version=version, note="it went well")
        )
        known = self.recalled[recall_id]
        if done and step == "apply_holds" and known.kind is Kind.REAL:
            known.held = True
            for lot_id in {each.lot_id for each in self.standing(recall_id).lines} & self.known.keys():
                self.known[lot_id].holds += 1
        return done is not None

    def _tell(self, recall_id: int, event: Event) -> None:
        for each in self.standing(recall_id).consignees:
            told = Told(consignee=each.name, event=event, channel="letter", person="pharmacist")
            assert self.ask("qa-1", lambda work, told=told: notices.record(work, recall_id, told))  # type: ignore[misc]

    def _count(self, recall_id: int, quantity: Decimal, lost: bool) -> None:
        left = [each for each in self.standing(recall_id).accounts if each.left > 0]
        for each in left:
            here = Fate.LOCATED if each.line.in_plant or self.recalled[recall_id].kind is Kind.MOCK else Fate.RETURNED
            self._enter(recall_id, each, min(quantity, each.left), Fate.UNACCOUNTED if lost else here)
        if not left:
            self.take(recall_id, "recover")
            self._tell(recall_id, Event.CONFIRMED)
            if not self.take(recall_id, "reconcile"):  # the scope grew: quality assurance looks again
                self.sign(recall_id, "sign_scope", "qa-1")
                self.take(recall_id, "reconcile")

    def _enter(self, recall_id: int, each: Account, quantity: Decimal, fate: Fate) -> Any:
        found = Found(
            lot_id=each.line.lot_id, shipment=each.line.shipment, fate=fate, quantity=quantity, note="looked everywhere"
        )
        return self.ask("qa-1", lambda work: recovering.recover(work, recall_id, found))

    def _report(self, recall_id: int) -> None:
        for _ in range(sum(each.open for each in self.standing(recall_id).clocks)):
            self.ask("qa-1", lambda work: recovering.report_progress(work, recall_id, reference="R-1", note="late"))


@pytest.fixture
async def stands(pool: Pool) -> Stands:
    async with begin(pool, "plant", NOW) as work:
        stood = await stand_up(work)
        await customers.add(replace(work, actor="lead-1"), "HOSP", HOSPITAL)
        return stood


def test_whatever_is_recalled_what_must_hold_holds(database: Database, stands: Stands) -> None:
    plans = settings(max_examples=6, stateful_step_count=30, suppress_health_check=list(HealthCheck), deadline=None)
    run_state_machine_as_test(lambda: AnyRecall(database.app, stands), settings=plans)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", Kind)
def test_a_recall_goes_all_the_way(database: Database, stands: Stands, kind: Kind) -> None:
    """The machine's own rules reach a closing: what it holds against closings is not held against nothing."""
    plant = AnyRecall(database.app, stands)
    try:
        lot_id = plant.receive(150, 3)
        plant.release_lot(lot_id)
        plant.ship(lot_id, 40)
        assert plant.shipped == 1, plant.refusals
        batch_id = plant.begin_a_batch()
        plant.issue(batch_id, lot_id, 100)
        plant.begin_a_recall(lot_id, kind, RecallClass.I)
        [recall_id] = plant.recalled
        plant.now += timedelta(days=2, hours=1)
        for lost in (True, False, False, False, False, False, False, False, False):
            plant.go_on(recall_id, 100, lost)
            plant.what_is_left_and_what_is_entered_is_all_there_was()
            plant.a_rehearsal_holds_nothing_and_a_recall_everything_that_came_of_it()
        now = plant.standing(recall_id)
        assert now.recall.status is Status.CLOSED, plant.refusals
        assert [each.expected for each in now.accounts] == [10, 40, 0]
        plant.issue(batch_id, lot_id, 1)
        plant.ship(lot_id, 1)
        assert plant.shipped == (2 if kind is Kind.MOCK else 1)
    finally:
        plant.teardown()
