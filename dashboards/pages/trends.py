"""Trends of any points over any window, with limits and episodes drawn in; also the data of every chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse

from dashboards.curves import Shown, as_json
from dashboards.frame import frame, language_of
from dashboards.language import N_, catalog
from dashboards.render import page
from dashboards.words import SWITCHES
from mes.border import Signed, Transaction
from mes.plant import service as plant
from mes.plant.model import Equipment, MeasuringPoint, rule_at
from mes.quality import episodes
from telemetry import store
from telemetry.errors import Invalid
from telemetry.work import Work

router = APIRouter(prefix="/trends")
WINDOWS = {
    "15m": (timedelta(minutes=15), N_("15 minutes")),
    "1h": (timedelta(hours=1), N_("1 hour")),
    "8h": (timedelta(hours=8), N_("8 hours")),
    "1d": (timedelta(days=1), N_("1 day")),
    "1w": (timedelta(days=7), N_("1 week")),
    "4w": (timedelta(days=28), N_("4 weeks")),
}
MOST_POINTS = 8
_WIDEST = 2000  # pixels
_IN_TABLE = 240
PointIds = Annotated[list[int], Query(max_length=MOST_POINTS)]


class WindowUnreadable(Invalid):
    """A window is one of those offered, or two moments of which the first is the earlier."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, and how it was asked for."""

    start: datetime
    end: datetime
    name: str  # of WINDOWS; empty: two moments
    live: bool

    @property
    def query(self) -> str:
        """For the address of the chart's data."""
        return f"window={self.name}" if self.name else between(self.start, None if self.live else self.end)


def between(start: datetime, end: datetime | None) -> str:
    """A window as a query; without an end it reaches to now, and grows."""
    return f"from={start:%Y-%m-%dT%H:%M:%SZ}" + (f"&to={end:%Y-%m-%dT%H:%M:%SZ}" if end else "")


def window_of(now: datetime, name: str | None, from_: str | None, to: str | None, zone: ZoneInfo) -> Window:
    """From a moment to another or to now (in the plant's zone unless they say theirs), else a named window to now."""
    if from_:
        start, end = _moment(from_, zone), _moment(to, zone) if to else now
        if start >= end:
            raise WindowUnreadable(start=from_, end=to)
        return Window(start, end, "", live=not to)
    chosen = name or "1h"
    if chosen not in WINDOWS:
        raise WindowUnreadable(window=chosen)
    return Window(now - WINDOWS[chosen][0], now, chosen, live=True)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise WindowUnreadable(moment=text) from error
    return read if read.tzinfo else read.replace(tzinfo=zone)


@router.get("")
async def trends(
    request: Request,
    work: Transaction,
    caller: Signed,
    point: PointIds = [],  # noqa: B006
    window: str | None = None,
    from_: Annotated[str | None, Query(alias="from")] = None,
    to: str | None = None,
) -> HTMLResponse:
    """The page: what can be chosen, the chart, its figures as a table."""
    around = await frame(request, work, caller)
    over = window_of(work.now, window, from_, to, around.zone)
    points, machines = await plant.points(work), await plant.equipment(work)
    chosen = point or [p.point_id for p in points if p.policy][:4]
    shown = await curves(work, chosen, over, _IN_TABLE, around.language)
    view = {"windows": WINDOWS, "over": over, "chosen": set(chosen), "shown": shown, "most": MOST_POINTS}
    groups = [(m, [p for p in points if p.equipment_id == m.id]) for m in machines]
    return page(request, "trends.html", around, groups=groups, points=points, **view)


@router.get("/data")
async def data(
    request: Request,
    work: Transaction,
    _: Signed,
    point: PointIds = [],  # noqa: B006
    window: str | None = None,
    from_: Annotated[str | None, Query(alias="from")] = None,
    to: str | None = None,
    width: Annotated[int, Query(ge=50, le=_WIDEST)] = 800,
) -> JSONResponse:
    """Columns as wide as the chart, at most one bucket a pixel."""
    over = window_of(work.now, window, from_, to, await plant.time_zone(work))
    shown = await curves(work, point, over, width, language_of(request))
    judged = [each.point.point_id for each in shown if each.point.policy]
    found = [
        episode
        for point_id in judged
        for episode in await episodes.episodes(work, point_id=point_id, from_=over.start, to=over.end)
    ]
    return JSONResponse(as_json(shown, found, over.start, over.end, live=over.live, grows=not over.name))


async def curves(work: Work, point_ids: Sequence[int], over: Window, buckets: int, language: str) -> list[Shown]:
    """The chosen points as curves, in the order chosen. Raises PointNotFound."""
    points = [await plant.point(work, point_id) for point_id in dict.fromkeys(point_ids)]
    machines = {machine.id: machine for machine in await plant.equipment(work)}
    trends = {
        t.point_id: t for t in await store.trend(work, [p.point_id for p in points], over.start, over.end, buckets)
    }
    rules: dict[str, Any] = {p.policy: await plant.rules_for(work, p.policy) for p in points if p.policy}
    return [
        Shown(
            p,
            label(p, machines.get(p.equipment_id), language),
            trends[p.point_id],
            rule_at(rules.get(p.policy or "", ()), over.end),
            {number: catalog(language).gettext(word) for number, word in SWITCHES.get(p.role, {}).items()},
        )
        for p in points
    ]


def label(point: MeasuringPoint, machine: Equipment | None, language: str) -> str:
    """What a curve is called: where it is measured, and what."""
    name = getattr(point, f"name_{language}")
    return f"{getattr(machine, f'name_{language}')} · {name}" if machine else str(name)
