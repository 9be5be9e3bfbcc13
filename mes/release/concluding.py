"""What the last word on a batch does: its lot is released or rejected, and its order is closed."""

from __future__ import annotations

from mes.inventory import service as inventory
from mes.inventory.model import QualityStatus
from mes.orders import service as orders
from mes.orders.model import Status
from mes.people.model import Signature
from mes.release.facts import Facts
from mes.transitions import Refused
from telemetry.work import Work


async def release(work: Work, facts: Facts, signature: Signature) -> None:
    """The lot may be used. Holds on it stay: each is lifted by what brought it. Raises Refused without a lot."""
    if facts.made is None:
        raise Refused("batch", facts.batch.id, "certify", ["batch_has_a_lot"])
    reason = f"{facts.batch.number}: {signature.reason}"
    await inventory.release_lot(work, facts.made.id, signature_id=signature.id, reason=reason)
    await _close_order(work, facts)
    told = {"number": facts.batch.number, "lot_id": facts.made.id}
    await work.emit("batch.released", batch_id=facts.batch.id, **told)


async def reject(work: Work, facts: Facts, signature: Signature) -> None:
    """The lot may only be destroyed or returned."""
    made = facts.made
    if made is not None and made.quality_status is not QualityStatus.REJECTED:
        reason = f"{facts.batch.number}: {signature.reason}"
        await inventory.reject_lot(work, made.id, signature_id=signature.id, reason=reason)
    await _close_order(work, facts)
    await work.emit("batch.rejected", batch_id=facts.batch.id, number=facts.batch.number)


async def _close_order(work: Work, facts: Facts) -> None:
    """An order that was completed is over; one that is rejected in the making is aborted by its own step."""
    order = await orders.order(work, facts.batch.order_id)
    if order.status is Status.COMPLETED:
        await orders.close_order(work, order.id)
