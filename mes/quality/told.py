"""Excursions and deviations as programs see them: plain dictionaries for JSON, from the views."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mes.plant.model import MeasuringPoint, RuleVersion, Zone
from mes.quality.model import Deviation, Episode, Excursion
from mes.quality.views import EpisodeView, ExcursionLine, ExcursionView, LotView, OrderView


def excursion_json(view: ExcursionView) -> dict[str, Any]:
    """All about one excursion."""
    leading = view.leading
    return _excursion(view.excursion) | {
        "evidence": view.excursion.evidence,
        "zone": _zone(view.zone),
        "point": _point(leading.point) if leading else None,
        "episode": _episode_view(leading) if leading else None,
        "episodes": [_episode_view(each) for each in view.episodes],
        "lots": [_lot(each) for each in view.lots],
        "alarms": [_alarm(each) for each in view.alarms],
        "deviation": deviation_json(view.deviation) if view.deviation else None,
        "maintenance_order": _order(view.order) if view.order else None,
        "signatures": [asdict(each) for each in view.signatures],
        "steps": view.steps,
    }


def line_json(line: ExcursionLine) -> dict[str, Any]:
    """A row of a list."""
    deviation = line.deviation
    return _excursion(line.excursion) | {
        "zone": _zone(line.zone),
        "point": _point(line.leading.point) if line.leading else None,
        "episode": _episode_view(line.leading) if line.leading else None,
        "lots": line.lots,
        "undecided": line.undecided,
        "deviation": _picked(deviation, "id", "number", "status") if deviation else None,
    }


def deviation_json(deviation: Deviation) -> dict[str, Any]:
    """A deviation."""
    return asdict(deviation)


def episode_json(episode: Episode) -> dict[str, Any]:
    """An episode without its rule."""
    return {name: value for name, value in asdict(episode).items() if not name.startswith("anchored")}


def _excursion(excursion: Excursion) -> dict[str, Any]:
    told = asdict(excursion)
    del told["evidence"], told["zone_id"]
    return told


def _episode_view(view: EpisodeView) -> dict[str, Any]:
    worst = {"worst_case_s": view.episode.known_s + view.episode.unknown_s}
    about = {"point": _point(view.point), "rule": _rule(view.rule), "limit": view.limit}
    return episode_json(view.episode) | worst | about


def _lot(view: LotView) -> dict[str, Any]:
    exposed, lot = view.exposed, view.lot
    names = (
        "lot_id",
        "exposed_from",
        "exposed_to",
        "disposition",
        "reason",
        "decided_by",
        "decided_at",
        "signature_id",
    )
    return _picked(exposed, *names) | {
        "number": lot.number,
        "item": lot.item,
        "item_en": lot.item_en,
        "item_zh": lot.item_zh,
        "quantity": str(lot.quantity),
        "unit": lot.unit,
        "quality_status": lot.quality_status,
        "exposure_s": view.exposure_s,
        "holds": [asdict(hold) | {"active": hold.active} for hold in view.holds],
    }


def _order(view: OrderView) -> dict[str, Any]:
    names = ("id", "number", "status", "failure_mode", "priority", "title_en", "title_zh", "evidence", "version")
    machine = _picked(view.machine, "id", "path", "kind", "name_en", "name_zh", "status")
    return _picked(view.order, *names) | {"equipment": machine}


def _alarm(alarm: Any) -> dict[str, Any]:
    return asdict(alarm) | {"state": alarm.state}


def _zone(zone: Zone) -> dict[str, Any]:
    return _picked(zone, "id", "code", "kind", "name_en", "name_zh", "policy")


def _point(point: MeasuringPoint) -> dict[str, Any]:
    names = {"id": point.point_id, "name": point.name}
    return names | _picked(point, "measure", "role", "unit", "name_en", "name_zh")


def _rule(rule: RuleVersion) -> dict[str, Any]:
    return rule.told()


def _picked(row: object, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
