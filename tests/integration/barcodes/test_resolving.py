"""A warehouse scans what it finds: labels of makers, of the authority, and of the plant."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from mes.barcodes import drug_codes, settings
from mes.barcodes.drug_codes import DrugCodeTaken, DrugCodeUnknown, NotADrugCode
from mes.barcodes.model import Doubt, SeparatorLost
from mes.barcodes.own_labels import Own, code_of
from mes.barcodes.service import Disagreement, NothingHasThisCode, Thing, read, resolve
from mes.inventory import containers, stock
from mes.plant import service as plant
from tests.plugins.cold_room import ColdStore

GTIN = "06901234567892"


async def test_every_label_leads_to_its_thing(cold_store: ColdStore) -> None:
    async with cold_store.work("warehouse") as work:
        lot = await stock.receive_lot(
            work,
            number="B2601A",
            item="PEN",
            quantity=Decimal(100),
            zone_id=cold_store.rooms["cold-room-1"],
            expires_on=date(2029, 1, 14),
        )
        machine = (await plant.equipment(work))[0]
        for text in (f"01{GTIN}1729011410B2601A|21SN1", "B2601A", " B2601A\r\n", code_of(Own.LOT, "B2601A")):
            found = await resolve(work, text)
            assert (found.thing, found.id, found.disagreements) == (Thing.LOT, lot.id, ())
        lost = await resolve(work, f"01{GTIN}1729011410B2601A21SN1")
        assert (lost.id, lost.scan.serial, lost.scan.warnings) == (lot.id, "SN1", (Doubt.SEPARATOR_RECOVERED,))
        wrong = await resolve(work, f"(01){GTIN}(17)290115(10)B2601A")
        assert wrong.disagreements == (Disagreement.EXPIRY,)
        room = await resolve(work, code_of(Own.LOCATION, "cold-room-2"))
        assert (room.thing, room.id) == (Thing.LOCATION, cold_store.rooms["cold-room-2"])
        assert (await resolve(work, code_of(Own.EQUIPMENT, machine.path))).id == machine.id
        badge = await resolve(work, code_of(Own.PERSON, "operator"))
        assert (badge.thing, badge.name_en) == (Thing.PERSON, "OPERATOR")
        await work.db.execute(b"insert into item_gtin values ('06901234567892', 'PEN', 'each', 1)")
        trade_item = await resolve(work, "6901234567892")
        assert (trade_item.thing, trade_item.code) == (Thing.ITEM, "PEN")
        await work.db.execute(
            b"insert into item (code, kind, name_en, name_zh, unit) values ('X', 'raw', 'x', 'x', '1')"
        )
        await work.db.execute(b"insert into item_gtin values ('16901234567899', 'X', 'case', 10)")
        other = await resolve(work, "(01)16901234567899(17)290114(10)B2601A")
        assert (other.id, other.disagreements) == (lot.id, (Disagreement.ITEM,))
        box = await containers.pack(work, lot.id, cold_store.rooms["cold-room-1"], number="BOX-7", quantity=Decimal(40))
        for text in (code_of(Own.CONTAINER, "BOX-7"), "BOX-7"):
            packed = await resolve(work, text)
            assert (packed.thing, packed.id, packed.lot and packed.lot.number) == (Thing.CONTAINER, box.id, "B2601A")
        for nothing in (f"(01){GTIN}(10)UNKNOWN", code_of(Own.PERSON, "nobody"), "operator", "83857930000879766660"):
            with pytest.raises(NothingHasThisCode):
                await resolve(work, nothing)


async def test_the_authoritys_codes_stay_with_their_lot_and_carton(cold_store: ColdStore) -> None:
    await cold_store.put_lot("B1")
    await cold_store.put_lot("B2")
    one, other = cold_store.lots["B1"], cold_store.lots["B2"]
    carton, box = "83857940000000000001", "83857930000879766660"
    async with cold_store.work() as work:
        await drug_codes.capture(work, carton, lot_id=one)
        kept = await drug_codes.capture(work, box, lot_id=one, parent_code=carton)
        assert await drug_codes.capture(work, box, lot_id=one, parent_code=carton) == kept
        assert (kept.identifier, kept.serial) == ("8385793", "0000879766660")
        assert (await resolve(work, box)).id == one
        assert [each.code for each in await drug_codes.drug_codes(work, one)] == [box, carton]
        with pytest.raises(DrugCodeTaken):
            await drug_codes.capture(work, box, lot_id=other)
        with pytest.raises(DrugCodeTaken):
            await drug_codes.capture(work, "83857930000879766661", lot_id=other, parent_code=carton)
        with pytest.raises(DrugCodeUnknown):
            await drug_codes.capture(work, "83857930000879766661", lot_id=one, parent_code="8" * 20)
        with pytest.raises(NotADrugCode):
            await drug_codes.capture(work, "8385793", lot_id=one)
    assert await cold_store.rows("select count(*) from audit where action = 'drug_code.capture'") == [(2,)]


async def test_a_plant_whose_scanners_send_another_separator_says_so(cold_store: ColdStore) -> None:
    text = f"01{GTIN}10B2601A~21SN1"
    async with cold_store.work("engineer") as work:
        with pytest.raises(SeparatorLost):
            await read(work, text)
        await settings.set_separators(work, "~", reason="old scanners of line 1")
        assert (await read(work, text)).lot == "B2601A"
        with pytest.raises(settings.SeparatorNotAllowed):
            await settings.set_separators(work, "~-", reason="a lot's number may hold it")
    [(before, after)] = await cold_store.rows("select before, after from audit where action = 'scanner.set'")
    assert (before["separators"], after["separators"]) == (["0x1d", "0x5e", "0x7c"], ["0x1d", "0x7e"])
