"""What is known of a capture's window: figures and verdict say the same."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from mes.batches.capturing import Figures, figures, verdict_of
from mes.batches.model import Verdict
from mes.recipes.document import Limits, Step, StepKind

SECOND = 1_000_000
WARM = Limits(low=Decimal(18), high=Decimal(26))
ROOM = Step(code="room", kind=StepKind.CAPTURE, text_en="Room", text_zh="房间", measure="t", unit="Cel", limits=WARM)


def over(start_s: int, end_s: int, *readings: tuple[int, float]) -> Figures:
    """Of good readings (second, value), each of which tells for 300 s."""
    at, values = ([r[n] for r in readings] for n in (0, 1))
    return figures(
        np.asarray(at, dtype=np.int64) * SECOND,
        np.asarray(values, dtype=np.float64),
        np.full(len(readings), 192, dtype=np.uint8),
        start_us=start_s * SECOND,
        end_us=end_s * SECOND,
        hold_s=300,
    )


def test_a_window_in_which_nothing_was_measured_is_unknown_as_a_whole() -> None:
    """The reading a minute before it is recent enough to tell, and yet no reading of the window."""
    found = over(60, 120, (0, 21.0))
    assert (found.n, found.gap_s, found.coverage_pct) == (0, 60, 0)
    assert (found.min, found.mean, found.max) == (None, None, None)
    assert verdict_of(found, ROOM, Decimal("0.1")) == (False, Verdict.DATA_GAP)


def test_what_reaches_into_a_window_tells_until_its_first_reading() -> None:
    found = over(60, 120, (0, 21.0), (90, 23.0))
    assert (found.n, found.gap_s, found.coverage_pct) == (1, 0, 100)
    assert (found.min, found.mean, found.max) == (21, 22, 23)
    assert verdict_of(found, ROOM, Decimal("0.1")) == (True, Verdict.WITHIN)


def test_a_value_beyond_its_limit_is_told_though_too_little_is_known() -> None:
    found = over(0, 1000, (0, 26.4))
    assert (found.n, found.gap_s, found.coverage_pct) == (1, 700, 30)
    assert verdict_of(found, ROOM, Decimal("0.1")) == (False, Verdict.OUT)
