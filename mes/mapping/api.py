"""Mapping over HTTP: spaces with their points, studies with what they show, time constants for forecasts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path

from mes.border import Signed, Transaction
from mes.mapping import service as mapping
from mes.mapping import spaces, studies
from mes.mapping.results import as_record, results
from mes.plant import service as plant

router = APIRouter(prefix="/mapping", tags=["mapping"])
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/spaces")
async def list_spaces(work: Transaction, _: Signed) -> dict[str, Any]:
    """Every space against the rule for its number of measuring points."""
    found = await spaces.point_checks(work)
    return {"items": [asdict(check) | {"holds": check.holds} for check in found]}


@router.get("/studies")
async def list_studies(work: Transaction, _: Signed) -> dict[str, Any]:
    """Studies, newest first, without what was signed."""
    found = await studies.studies(work)
    return {"items": [{k: v for k, v in asdict(each).items() if k != "findings"} for each in found]}


@router.get("/studies/{study_id}")
async def show_study(study_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One study: its row, its plan and what it shows."""
    found = await studies.study(work, study_id)
    rows = await studies.rows_of(work, found)
    plan = [asdict(each) for each in rows.positions]
    return asdict(found) | {"positions": plan, "results": as_record(rows, results(rows))}


@router.get("/zones/{zone_id}/thermal-fits")
async def list_fits(zone_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """Time constants by the power-fail tests of a zone's approved studies."""
    await plant.zone(work, zone_id)
    return {"items": [asdict(row) for row in await mapping.thermal_fits(work, zone_id)]}
