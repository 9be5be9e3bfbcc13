"""The live overview of the site: what is abnormal is seen in two seconds, and everything else is grey."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from dashboards.current import current
from dashboards.frame import frame, language_of, unacknowledged
from dashboards.render import page, text
from dashboards.sparkline import Sparkline, column, draw
from dashboards.zonecards import AreaView, Facts, ZoneCard, overview
from mes.alarms import service as alarms
from mes.border import Signed, Transaction
from mes.forecast import service as forecasts
from mes.inventory import service as inventory
from mes.plant import service as plant
from mes.quality import excursions as quality
from mes.quality.model import ExcursionStatus
from telemetry import store
from telemetry.work import Work

router = APIRouter()
WAITING = (ExcursionStatus.OPEN, ExcursionStatus.UNDER_ASSESSMENT)
WINDOW = timedelta(minutes=30)
_BUCKETS = 60
_KEPT_FOR = timedelta(seconds=5)
_FRESH_FOR = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Curves:
    """Small curves of all zones, made once in a few seconds for everyone who looks."""

    made_at: datetime
    by_zone: dict[int, Sparkline | None]


@dataclass(frozen=True, slots=True)
class Cards:
    """All cards as HTML in one language: whoever looks in the same second gets the same."""

    made_at: datetime
    html: str


@router.get("/")
async def site(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """The whole page."""
    around = await frame(request, work, caller)
    return page(request, "overview.html", around, cards=await _cards(request, work))


@router.get("/overview/zones")
async def zones(request: Request, work: Transaction, _: Signed) -> HTMLResponse:
    """The cards alone, for a page that is open when something changes."""
    waiting, worst = await unacknowledged(work)
    count = text(request, "_alarm_count.html", language_of(request), waiting=waiting, worst=worst)
    return HTMLResponse(await _cards(request, work) + Markup(count))  # noqa: S704 - our own templates' text


async def _cards(request: Request, work: Work) -> Markup:
    """The rendered cards; made anew when they are older than a second. Pages ask a little later than that."""
    kept: dict[str, Cards] = request.app.state.overview_cards
    language = language_of(request)
    async with request.app.state.overview_lock:  # two hundred who ask at once wait for one rendering
        found = kept.get(language)
        if found is None or abs(work.now - found.made_at) >= _FRESH_FOR:
            facts = {"areas": await _areas(request, work), "zone": await plant.time_zone(work), "now": work.now}
            html = text(request, "_zones.html", language, **facts, **await _totals(work))
            found = kept[language] = Cards(work.now, html)
    return Markup(found.html)  # noqa: S704 - our own template's text, escaped there


async def _totals(work: Work) -> dict[str, Any]:
    counts, worst = await unacknowledged(work)
    return {
        "to_acknowledge": counts,
        "worst": worst,
        "open_excursions": len(await quality.excursions(work, statuses=WAITING)),
        "held_lots": len(await inventory.lots(work, hold=True)),
    }


async def _areas(request: Request, work: Work) -> list[AreaView]:
    lots = {lot.id: lot for lot in await inventory.lots(work)}
    standing = {(s.lot_id, s.zone_id) for s in await inventory.standings(work, lots, now_only=True)}
    readings = await current(work)
    facts = Facts(
        areas=await plant.areas(work),
        zones=await plant.zones(work),
        readings=readings,
        alarms=await alarms.alarms(work, active=True, limit=500),
        excursions=await quality.active(work),
        lots_in=Counter(zone for _, zone in standing),
        held_in=Counter(zone for lot, zone in standing if lots[lot].active_holds),
        forecasts=await forecasts.forecasts(work),
    )
    areas = overview(facts)
    curves = await _curves(request, work, [card for area in areas for card in area.cards])
    return [_with_curves(area, curves) for area in areas]


def _with_curves(area: AreaView, curves: Curves) -> AreaView:
    return replace(area, cards=tuple(replace(c, spark=curves.by_zone.get(c.zone.id)) for c in area.cards))


async def _curves(request: Request, work: Work, cards: list[ZoneCard]) -> Curves:
    kept: Curves | None = getattr(request.app.state, "overview_curves", None)
    if kept is not None and abs(work.now - kept.made_at) < _KEPT_FOR:
        return kept
    shown = {card.zone.id: [view.point.point_id for view in card.gauges[:2]] for card in cards}
    ids = [id_ for chosen in shown.values() for id_ in chosen]
    trends = {t.point_id: t for t in await store.trend(work, ids, work.now - WINDOW, work.now, _BUCKETS)}
    made = Curves(work.now, {card.zone.id: _curve(card, trends) for card in cards})
    request.app.state.overview_curves = made
    return made


def _curve(card: ZoneCard, trends: dict[int, store.Trend]) -> Sparkline | None:
    gauges = card.gauges[:2] if card.zone.policy else card.gauges[:1]
    chosen = [(view, trends[view.point.point_id]) for view in gauges if view.point.point_id in trends]
    if not chosen:
        return None
    view, trend = chosen[0]
    reach = 1 + int(view.point.stale_s // trend.width_s)
    return draw([column(each) for _, each in chosen], view.low, view.high, reach=reach)
