"""The routers of the plant's slices, mounted under /api."""

from __future__ import annotations

from mes.alarms import api as alarms
from mes.maintenance import api as maintenance

ROUTERS = (alarms.router, maintenance.router)
