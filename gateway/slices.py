"""The routers of the plant's slices, mounted under /api."""

from __future__ import annotations

from mes.alarms import api as alarms
from mes.audit import api as audit
from mes.maintenance import api as maintenance
from mes.people import api as people

ROUTERS = (alarms.router, audit.router, maintenance.router, people.router)
