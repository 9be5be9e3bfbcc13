"""Forecasts and thermal models over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.forecast import service
from mes.forecast.model import ThermalModel, ZoneForecast
from mes.people.model import Role

router = APIRouter(prefix="/forecasts", tags=["forecasts"])
LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Fitter = Annotated[Caller, Depends(allow(Role.ENGINEER, Role.QA))]


class FitBody(BaseModel):
    """A time in which nothing cooled the room. `rest_c`: the temperature around it, where that was measured."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    point_id: Annotated[int, Field(ge=1, le=LARGEST)]
    start: AwareDatetime
    end: AwareDatetime
    rest_c: Annotated[float | None, Field(ge=-100, le=100)] = None


class ModelBody(FitBody):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class StudyBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    study: str
    position: str
    reason: Annotated[str, Field(min_length=1, max_length=500)]


def model_json(model: ThermalModel) -> dict[str, Any]:
    """A version of a thermal model: its columns."""
    return asdict(model)


def forecast_json(found: ZoneForecast) -> dict[str, Any]:
    """A forecast; times to come in seconds, null where it stays within its limits or nothing is known."""
    return asdict(found)


@router.get("")
async def list_forecasts(work: Transaction, _: Signed) -> dict[str, Any]:
    """The newest forecast of each zone that is of now."""
    return {"items": [forecast_json(each) for each in (await service.forecasts(work)).values()]}


@router.get("/zones/{zone_id}/models")
async def list_models(zone_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """Versions of a zone's thermal model, newest first."""
    return {"items": [model_json(each) for each in await service.models_of(work, zone_id)]}


@router.post("/zones/{zone_id}/fit")
async def try_fit(zone_id: Id, body: FitBody, work: Transaction, _: Fitter) -> dict[str, Any]:
    """Fit a model and look at it; nothing is written."""
    fitted = await service.fit_window(work, zone_id, body.point_id, body.start, body.end, rest_c=body.rest_c)
    return asdict(fitted.fit) | {"digest": fitted.digest}


@router.post("/zones/{zone_id}/models/from-study")
async def adopt_study(zone_id: Id, body: StudyBody, work: Transaction, _: Fitter) -> dict[str, Any]:
    """Put the power-fail test of an approved mapping study in force."""
    return model_json(await service.adopt_study(work, zone_id, body.study, body.position, reason=body.reason))


@router.post("/zones/{zone_id}/models")
async def put_model(zone_id: Id, body: ModelBody, work: Transaction, _: Fitter) -> dict[str, Any]:
    """Fit a model and put it in force."""
    fitted = await service.fit_window(work, zone_id, body.point_id, body.start, body.end, rest_c=body.rest_c)
    return model_json(await service.put_in_force(work, fitted, reason=body.reason))
