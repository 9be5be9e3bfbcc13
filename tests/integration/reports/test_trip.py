"""The report of a trip, as a PDF that is read back."""

from __future__ import annotations

import pytest

from tests.integration.reports.conftest import Press
from tests.integration.trips.conftest import truck as truck
from tests.integration.trips.truck import Truck


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_warm_trip_is_told_with_its_figures_and_signature(press: Press, truck: Truck, language: str) -> None:
    await truck.under_way("A", "B")
    await truck.cold(61, 90, 9.0)
    await truck.cold(91, 120)
    await truck.step("arrive")
    await truck.judge("refuse", reason="9 °C for half an hour")
    kept = await press.make(await press.ask("trip", "TRIP-2026-0001", language=language))
    told = await press.read(kept)
    record = await truck.record()
    assert ("Record does not conform" if language == "en" else "记录不合格") in told
    assert "TRIP-2026-0001" in told
    assert "9 °C for half an hour" in told
    assert record["points"][0]["sha256"] in told.replace(" ", "")
    assert "Hainan plant → Guangzhou hub" in told
