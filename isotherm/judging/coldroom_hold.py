"""How long a room would hold if its cooling stopped now, held against rooms whose cooling did stop at that moment.

What is told a minute before a loss of cooling is compared with how long the product really had. Losses that ended
before the product was too warm say only that it had longer, and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan

import numpy as np

from isotherm.judging.coldroom_rooms import Rooms
from isotherm.judging.protocol import quantile
from isotherm.judging.report import Figures
from models.health.cold_room import ColdRoomMonitor

BEFORE_MIN = 1440
"""A day of readings brings the monitor to the moment of the loss."""


def hold_figures(rooms: Rooms, monitor: ColdRoomMonitor, faults: Sequence[str]) -> Figures:
    """Median error in minutes and as a share of the truth, and how many truths lay in the interval that was told."""
    lost = [
        place
        for place, truth in enumerate(rooms.truths)
        if truth.fault in faults and isfinite(truth.breach) and truth.start > BEFORE_MIN
    ]
    truths = [rooms.truths[place].breach - rooms.truths[place].start for place in lost]
    told = _told(rooms, monitor, lost) if lost else []
    known = [(each, truth) for each, truth in zip(told, truths, strict=True) if each is not None]
    off = [abs(each[1] - truth) for each, truth in known]
    inside = [each[0] <= truth <= each[2] for each, truth in known]
    return {
        "hold_over_events": float(len(lost)),
        "hold_over_told": len(known) / len(lost) if lost else nan,
        "hold_over_error_min": quantile(off, 0.5),
        "hold_over_error_share": quantile([each / truth for each, (_, truth) in zip(off, known, strict=True)], 0.5),
        "hold_over_inside": sum(inside) / len(inside) if inside else nan,
    }


def _told(rooms: Rooms, monitor: ColdRoomMonitor, lost: Sequence[int]) -> list[tuple[float, float, float] | None]:
    """Low, likely and high minutes of each of these rooms, a minute before its cooling is lost."""
    many = ColdRoomMonitor(monitor.signals, rows=len(lost))
    many.restore({name: column[list(lost)] for name, column in monitor.state().items()})
    begins = [int(rooms.truths[place].start) - BEFORE_MIN for place in lost]
    signals = len(monitor.signals)
    x = np.stack(
        [rooms.x[at : at + BEFORE_MIN, place, :signals] for at, place in zip(begins, lost, strict=True)], axis=1
    )
    those = np.arange(len(lost))
    for minute in range(BEFORE_MIN):
        many.update(those, minute * 60.0, x[minute])
    each = [many.hold_over(row) for row in those.tolist()]
    return [None if hold is None else (hold.low, hold.likely, hold.high) for hold in each]
