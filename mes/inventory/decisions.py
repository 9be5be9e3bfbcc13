"""What people decide about lots by hand, signed where it makes a lot usable again."""

from __future__ import annotations

from typing import Literal

from mes.inventory import service
from mes.inventory.model import Hold, Lot
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.transitions import Refused, StaleVersion
from telemetry.work import Work

BY_HAND = "manual:"
"""Begins the cause of a hold that a person placed; any other cause is lifted by what brought it."""

MEANINGS = {"release": (Meaning.RELEASED, Meaning.APPROVED), "reject": (Meaning.REJECTED,)}


class HoldOfAnotherRecord(Refused):
    """This hold is lifted by the decision on what brought it: the excursion or the deviation."""


async def hold_by_hand(work: Work, lot_id: int, *, reason: str) -> Hold:
    """Block a lot for a reason of one's own; a second such hold stands beside the first. Raises LotNotFound."""
    await service.lot(work, lot_id)
    return await service.place_hold(work, lot_id, cause=BY_HAND + await plant.next_number(work, "HLD"), reason=reason)


async def lift_by_hand(
    work: Work, hold_id: int, credentials: Credentials, *, meaning: Meaning | str, reason: str
) -> Hold:
    """Lift a hold that a person placed.

    Raises HoldNotFound, HoldNotActive, HoldOfAnotherRecord, and what `sign` raises.
    """
    hold = await service.hold(work, hold_id)
    if not hold.active:
        raise service.HoldNotActive(hold_id=hold_id)
    if not hold.cause.startswith(BY_HAND):
        raise HoldOfAnotherRecord("hold", hold_id, "lift", ["placed_by_hand"], cause=hold.cause)
    lot = await service.lot(work, hold.lot_id)
    signature = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="hold",
        record_id=hold_id,
        record_version=lot.version,
        content={"lift": hold.cause, "lot": lot.number, "placed_at": hold.placed_at, "reason": hold.reason},
        roles=signers(Act.JUDGE),
        meanings=(Meaning.RELEASED, Meaning.APPROVED),
    )
    return await service.lift_hold(work, hold_id, signature_id=signature.id, reason=reason)


async def judge_lot(
    work: Work,
    lot_id: int,
    decision: Literal["release", "reject"],
    credentials: Credentials,
    *,
    version: int,
    meaning: Meaning | str,
    reason: str,
) -> Lot:
    """Release or reject a lot with a signature. Raises LotNotFound, StaleVersion, Refused, and what `sign` raises."""
    lot = await service.lot(work, lot_id)
    if lot.version != version:
        raise StaleVersion("lot", lot_id, yours=version, current=lot.version)
    signature = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="lot",
        record_id=lot_id,
        record_version=version,
        content={"decision": decision, "lot": lot.number, "was": lot.quality_status, "expires_on": lot.expires_on},
        roles=signers(Act.JUDGE_LOT),
        meanings=MEANINGS[decision],
    )
    judge = service.release_lot if decision == "release" else service.reject_lot
    return await judge(work, lot_id, signature_id=signature.id, reason=reason, version=version)
