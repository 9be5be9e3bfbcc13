"""The cold rooms of the stories with a sensor at air-1 and what a laboratory wrote about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import pytest

from mes.plant import service as plant
from mes.sensors import certificates, instruments
from mes.sensors import service as sensors
from mes.sensors.certificates import Line, Paper
from mes.sensors.look_backs import LookBack
from mes.sensors.model import Certificate
from telemetry.work import Work
from tests.plugins.cold_room import NINE, ColdStore, signed_by

TODAY = date(2026, 1, 15)


def line(applied: str, found: str | None, left: str = "0.1") -> Line:
    return Line(Decimal(applied), None if found is None else Decimal(found), Decimal(left), Decimal("0.08"))


@dataclass(slots=True)
class Sensors:
    """What the stories do with sensors. Days are counted from the plant's today."""

    store: ColdStore
    serials: dict[str, int] = field(default_factory=dict)

    async def point_id(self, work: Work, probe: str = "air-1") -> int:
        return (await plant.point_named(work, self.store.name(probe))).point_id

    async def put(self, serial: str, probe: str = "air-1", *, days: float = -400) -> None:
        """A new instrument serves a point since a day."""
        async with self.store.work("engineer") as work:
            made = await instruments.register(work, serial=serial)
            point_id = await self.point_id(work, probe)
            at = NINE + timedelta(days=days)
            await instruments.install(work, made.id, point_id, reason="first use", at=at)
        self.serials[serial] = made.id

    def paper(self, serial: str, *, days: int, lasts: int = 365, found: str | None = "0.1", left: str = "0.1") -> Paper:
        return Paper(
            number=f"{serial} {days:+}",
            laboratory="Provincial metrology institute, CNAS L0001",
            instrument_id=self.serials[serial],
            calibrated_on=TODAY + timedelta(days=days),
            due_on=TODAY + timedelta(days=days + lasts),
            tolerance=Decimal("0.5"),
            lines=[line("0", found, left), line("5", None if found is None else "0.2", left)],
        )

    async def calibrate(
        self, serial: str, *, days: int, lasts: int = 365, found: str | None = "0.1", left: str = "0.1"
    ) -> tuple[Certificate, LookBack | None]:
        """A certificate comes, the engineer enters it, QA signs."""
        async with self.store.work("engineer") as work:
            told = await sensors.enter_certificate(
                work, self.paper(serial, days=days, lasts=lasts, found=found, left=left)
            )
        async with self.store.work() as work:
            await certificates.sign_certificate(
                work, told[0].id, credentials=signed_by(), meaning="reviewed", reason="as on the paper"
            )
        return told


@pytest.fixture
def sensors_of(cold_store: ColdStore) -> Sensors:
    return Sensors(cold_store)
