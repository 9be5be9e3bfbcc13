"""The web server: API, live stream and pages in one process, any number of which may run side by side."""

from __future__ import annotations

import signal
from types import FrameType

import uvicorn
from fastapi import FastAPI

from dashboards.app import build
from gateway.epcis.naming import naming_of
from isotherm.connection import connected
from isotherm.settings import Settings
from mes.border import Doors
from telemetry.clock import SystemClock

STOP_WITHIN_S = 3
READY = 4  # connections that wait for requests: the first of a shift need not wait for the database to fork


class Server(uvicorn.Server):
    """Ends the open live streams when told to stop: they would hold it up for as long as somebody watches."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        app = self.config.app
        if isinstance(app, FastAPI):
            app.state.live.close()
        super().handle_exit(signal.Signals(sig), frame)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    async with connected(settings.database_url, smallest=READY, within_s=None) as pool:
        app = build(Doors(pool, SystemClock()))
        app.state.naming = naming_of(settings.epcis_base, settings.epcis_gtins)
        config = uvicorn.Config(
            app,
            host=settings.web_host,
            port=settings.web_port,
            log_config=None,
            access_log=False,  # the request log says more
            server_header=False,
            timeout_graceful_shutdown=STOP_WITHIN_S,
        )
        await Server(config).serve()
