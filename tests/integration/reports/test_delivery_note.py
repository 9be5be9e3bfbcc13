"""The delivery note on paper: goods with lots and days, how they are kept, who took them over, in both languages."""

from __future__ import annotations

import pytest

from tests.integration.reports.conftest import Press
from tests.integration.shipments.conftest import dispatch as dispatch
from tests.integration.shipments.dispatch import Dispatch


async def read(press: Press, language: str) -> str:
    kept = await press.make(await press.ask("delivery_note", "SHP-2026-0001", language=language))
    assert kept.pages >= 1
    return await press.read(kept)


@pytest.mark.parametrize(
    ("language", "title", "not_yet", "kept"),
    [("en", "Delivery note", "The goods have not left yet.", "8 °C"), ("zh", "随货同行单", "货物尚未发出", "8 °C")],
)
async def test_a_note_goes_with_the_goods_and_says_who_took_them_over(
    press: Press, dispatch: Dispatch, language: str, title: str, not_yet: str, kept: str
) -> None:
    await dispatch.lot("L1")
    await dispatch.box("BOX-1", "L1", "40")
    await dispatch.plan()
    await dispatch.pick("BOX-1")
    await dispatch.step("finish_picking")
    before = await read(press, language)
    assert title in before
    assert not_yet in before
    for said in ("Hospital of the story", "1 Story Road", "L1", "BOX-1", "2026-09-30", kept):
        assert said in before
    await dispatch.step("load")
    await dispatch.step("ship")
    await dispatch.step("deliver", receiver="pharmacist on duty", proof="DN-7")
    number = await dispatch.take_back("L1", "15")
    after = await read(press, language)
    assert not_yet not in after
    for said in ("pharmacist on duty", "DN-7", number, "ordered too much"):
        assert said in after


async def test_a_note_of_less_says_why(press: Press, dispatch: Dispatch) -> None:
    await dispatch.lot("L1", "25")
    await dispatch.plan()
    await dispatch.pick("L1")
    await dispatch.step("finish_picking", note="the rest follows on Monday")
    said = await read(press, "en")
    assert "the rest follows on Monday" in said
    assert "PEN: 25 / 40" in said


async def test_nothing_is_written_of_a_shipment_that_is_not_there(press: Press, dispatch: Dispatch) -> None:
    report = await press.ask("delivery_note", "SHP-2026-0009")
    with pytest.raises(AssertionError, match="no such shipment"):
        await press.make(report)
