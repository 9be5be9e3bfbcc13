"""What other slices ask of shipments, and what people do with them."""

from __future__ import annotations

from mes.shipments.deliveries import delivered_lots as delivered_lots
from mes.shipments.deliveries import deliveries_of as deliveries_of
