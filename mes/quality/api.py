"""The quality slice over HTTP: excursions, episodes, deviations."""

from __future__ import annotations

from fastapi import APIRouter

from mes.quality import deviation_api, excursion_api

router = APIRouter()
router.include_router(excursion_api.router)
router.include_router(deviation_api.router)
