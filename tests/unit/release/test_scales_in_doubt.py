"""The gate of calibration looks at the scales that weighed for a batch: then, and at what was found of them since."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from mes.batches.model import Batch, BatchStatus
from mes.recipes.document import MasterRecord
from mes.release.facts import Facts, Weighing
from mes.release.gates import judge
from mes.release.model import Code, Gate, Lack
from mes.sensors.look_backs import LookBack
from mes.sensors.model import CalibrationState, Standing

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
RECORD = MasterRecord(product="FG-PEN", title_en="Pen", title_zh="笔", batch_size=Decimal(1), unit="pcs")
BATCH = Batch(
    id=1,
    order_id=1,
    lot_id=None,
    number="B-1",
    status=BatchStatus.QA_REVIEW,
    issued_at=AT,
    started_at=AT,
    ended_at=AT,
    version=1,
    document={},
    document_sha256="",
)
FAILED_SINCE = LookBack(
    id=1,
    number="LB-2026-0001",
    certificate_id=2,
    good_id=1,
    from_time=AT - timedelta(days=30),
    to_time=AT + timedelta(days=30),
    findings={},
    deviation_id=7,
    opened_at=AT + timedelta(days=30),
    opened_by="maintenance-1",
    conclusion="",
    concluded_at=None,
    signature_id=None,
    version=1,
)


def gate_of(standing: Standing, *doubts: LookBack) -> Gate:
    state = CalibrationState(point_id=5, standing=standing, instrument_id=3, due_on=date(2027, 1, 1))
    weighing = Weighing(point_id=5, scale="scale-1.weight", at=AT, state=state, doubts=doubts)
    facts = Facts(
        batch=BATCH, record=RECORD, made=None, gtin=None, plant_zone=ZoneInfo("Asia/Shanghai"), weighings=[weighing]
    )
    return next(gate for gate in judge(facts) if gate.code is Code.CALIBRATION)


@pytest.mark.parametrize("standing", [Standing.VALID, Standing.DUE])
def test_a_scale_in_calibration_passes(standing: Standing) -> None:
    assert gate_of(standing).passed
    assert gate_of(standing).looked_at == 1


@pytest.mark.parametrize(
    ("standing", "lack"),
    [
        (Standing.UNKNOWN, Lack.CALIBRATION_UNKNOWN),
        (Standing.OVERDUE, Lack.CALIBRATION_OVERDUE),
        (Standing.FAILED, Lack.CALIBRATION_FAILED),
    ],
)
def test_a_scale_that_could_not_be_trusted_shuts_it(standing: Standing, lack: Lack) -> None:
    assert [found.lack for found in gate_of(standing).findings] == [lack]


def test_a_scale_that_failed_later_as_found_shuts_it() -> None:
    """The weighing was in calibration then; the look-back that nobody has concluded puts it in doubt."""
    gate = gate_of(Standing.VALID, FAILED_SINCE)
    assert [(found.lack, found.about) for found in gate.findings] == [(Lack.CALIBRATION_FAILED, "LB-2026-0001")]
