"""What other slices ask of trips, and what people do with them."""

from __future__ import annotations

from mes.trips.arming import ON_AND_ON as ON_AND_ON
from mes.trips.arming import armed as armed
