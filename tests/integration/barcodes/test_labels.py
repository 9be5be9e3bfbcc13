"""Labels are printed of what is there, and lead back to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from mes.barcodes.own_labels import Own
from mes.barcodes.service import NothingHasThisCode, resolve
from mes.inventory import containers, stock
from mes.labels.model import CopiesOutOfRange, SymbolKind
from mes.labels.service import label_of, print_labels
from mes.plant import service as plant
from tests.plugins.cold_room import ColdStore
from tests.unit.labels.test_symbols import scanned


async def test_a_printed_label_leads_back_to_its_thing(cold_store: ColdStore) -> None:
    async with cold_store.work("warehouse") as work:
        room = cold_store.rooms["cold-room-1"]
        lot = await stock.receive_lot(
            work, number="B2601A", item="PEN", quantity=Decimal(100), zone_id=room, expires_on=date(2029, 1, 14)
        )
        await stock.receive_lot(work, number="批号-1", item="PEN", quantity=Decimal(1), zone_id=room, expires_on=None)
        box = await containers.pack(work, lot.id, room, number="BOX-7", quantity=Decimal(40))
        machine = (await plant.equipment(work))[0]
        plain = await label_of(work, Own.LOT, "B2601A")
        assert plain.below == "IT.LOT.B2601A"
        await work.db.execute(b"insert into item_gtin values ('06901234567892', 'PEN', 'each', 1)")
        traded = await label_of(work, Own.LOT, "B2601A")
        assert traded.below == "(01)06901234567892(17)290114(10)B2601A"
        things = {
            Own.LOT: ("B2601A", lot.id),
            Own.CONTAINER: ("BOX-7", box.id),
            Own.EQUIPMENT: (machine.path, machine.id),
            Own.LOCATION: ("cold-room-1", room),
            Own.PERSON: ("operator", None),
        }
        for kind, (code, id_) in things.items():
            label = await label_of(work, kind, code)
            for symbol in SymbolKind:
                seen = scanned(label.symbol(symbol))
                found = await resolve(work, seen.symbology_identifier + seen.bytes.decode())
                assert id_ in {found.id, None}
                assert found.disagreements == ()
        chinese = await label_of(work, Own.LOT, "批号-1")
        assert (await resolve(work, scanned(chinese.symbol(SymbolKind.QR)).text)).code == "批号-1"
        assert ("quantity", "40 1") in (await label_of(work, Own.CONTAINER, "BOX-7")).lines
        with pytest.raises(NothingHasThisCode):
            await label_of(work, Own.LOT, "cold-room-1")
        with pytest.raises(CopiesOutOfRange):
            await print_labels(work, Own.LOT, "B2601A", copies=0)
        await print_labels(work, Own.LOT, "B2601A", copies=3, reason="the first ones got wet")
    [(entity, after, reason)] = await cold_store.rows(
        "select entity, after, reason from audit where action = 'label.print'"
    )
    assert (entity, after["copies"], reason) == ("lot", 3, "the first ones got wet")
