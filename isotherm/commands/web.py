"""`isotherm web`: the API and the pages."""

from __future__ import annotations

import asyncio

from isotherm.settings import plant_settings
from isotherm.web_server import serve


def web() -> None:
    """Serve API and pages. Settings: ISOTHERM_DATABASE_URL, ISOTHERM_WEB_HOST, ISOTHERM_WEB_PORT."""
    asyncio.run(serve(plant_settings()))
