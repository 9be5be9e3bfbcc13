"""The batch record on paper: every value that was changed is marked, captures carry their curve, in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dashboards.language import catalog
from dashboards.reports import batch_record
from dashboards.reports.batch_record import BatchRecordContent
from dashboards.reports.printing import to_pdf
from dashboards.reports.registry import Asked
from dashboards.reports.sheet import Sheet
from mes.batches import service as batches
from mes.plant import service as plant
from tests.integration.reports.conftest import text_of
from tests.plugins.filling import FillingLine


async def test_a_record_with_a_correction_and_a_capture(filling_line: FillingLine) -> None:
    line = filling_line
    _, batch = await line.released("50")
    await line.prepare(batch, ph="7.4")
    [value] = [v for v in await batches.values(line.first, batch.id) if v.number is not None]
    await batches.correct_value(line.at(3), value.id, Decimal("7.45"), line.hand(), reason="typed wrong")
    await line.clean(5)
    await line.clear(8, batch)
    await line.start(10, batch, "fill")
    await line.report(10, batch, "fill/line", equipment="line-1")
    await line.reads(*((10 + n / 2, 21.0 + n / 100) for n in range(20)))
    await line.report(12, batch, "fill/weights", sample_1="3.01", sample_2="3.05", sample_3="3.1")
    await line.report(20, batch, "fill/room")
    content = await batch_record.gather(line.at(21, "qa-1"), Asked(subject=batch.number, start=None, end=None))
    assert isinstance(content, BatchRecordContent)
    assert content.changed == 1
    ph = content.operations[0].steps[1]
    assert [(v.shown, v.in_force, v.is_correction) for v in ph.values] == [("7.4", False, False), ("7.45", True, True)]
    room = next(step for step in content.operations[1].steps if step.capture)
    assert room.capture is not None
    assert (room.capture.n, room.capture.verdict) == (20, "within")
    assert room.capture.chart is not None
    assert ("G1", False) in content.gates
    with pytest.raises(batch_record.BatchNumberUnknown):
        await batch_record.gather(line.at(21), Asked(subject="B-0", start=None, end=None))
    for language in ("en", "zh"):
        marked = f"[{catalog(language).gettext('changed')}]"
        sheet = Sheet(title="Batch record", subject_en=batch.number, subject_zh=batch.number, made_at=line.at(21).now)
        view = {"view": content, "sheet": sheet, "zone": await plant.time_zone(line.first)}
        said = text_of(to_pdf("reports/batch_record.html", language, view))
        assert marked in said
        assert "7.45" in said
        assert "typed wrong" in said
