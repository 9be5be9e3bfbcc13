"""What a scan of material means: a lot, and the container that was scanned, if it was one."""

from __future__ import annotations

from dataclasses import dataclass

from mes.barcodes import service as barcodes
from mes.barcodes.own_labels import Own, read_own
from mes.inventory import containers
from mes.inventory import service as inventory
from mes.inventory.model import Lot
from mes.inventory.standing import Container
from mes.plant import service as plant
from mes.plant.model import Zone
from telemetry.errors import Invalid
from telemetry.work import Work


class NoMaterial(Invalid):
    """This code is no lot and no container: scan the label of the material."""


class NoPlace(Invalid):
    """This code is no place: scan the label of a room, a rack or a bin."""


@dataclass(frozen=True, slots=True)
class Scanned:
    lot: Lot
    container: Container | None
    label_agrees: bool  # what the label says beside the number is what the lot's record says

    @property
    def code(self) -> str:
        """What people call it."""
        return self.container.number if self.container else self.lot.number


async def material(work: Work, text: str) -> Scanned:
    """The lot or container of a label. Raises CodeUnreadable, NothingHasThisCode, NoMaterial."""
    said = text.strip()
    own = read_own(said)
    number = own[1] if own and own[0] is Own.CONTAINER else said
    if box := await containers.container_named(work, number):
        return Scanned(await inventory.lot(work, box.lot_id), box, True)
    if lot := await inventory.lot_named(work, said):
        return Scanned(lot, None, True)
    found = await barcodes.resolve(work, said)
    if found.lot is not None:
        return Scanned(found.lot, None, not found.disagreements)
    if found.thing is barcodes.Thing.CONTAINER:
        box = await containers.container(work, found.id)
        return Scanned(await inventory.lot(work, box.lot_id), box, not found.disagreements)
    raise NoMaterial(found=found.thing.value)


async def place(work: Work, text: str) -> Zone:
    """The place of a label, or by its code. Raises CodeUnreadable, NothingHasThisCode, NoPlace."""
    said = text.strip()
    for zone in await plant.zones(work):
        if zone.code == said:
            return zone
    found = await barcodes.resolve(work, said)
    if found.thing is not barcodes.Thing.LOCATION:
        raise NoPlace(found=found.thing.value)
    return await plant.zone(work, found.id)
