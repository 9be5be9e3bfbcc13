"""What other slices ask of shipments, and what people do with them."""

from __future__ import annotations

from mes.shipments.arriving import deliver as deliver
from mes.shipments.arriving import refuse as refuse
from mes.shipments.arriving import take_back as take_back
from mes.shipments.deliveries import delivered_lots as delivered_lots
from mes.shipments.deliveries import deliveries_of as deliveries_of
from mes.shipments.leaving import finish_picking as finish_picking
from mes.shipments.leaving import load as load
from mes.shipments.leaving import pick_again as pick_again
from mes.shipments.leaving import ship as ship
from mes.shipments.leaving import unload as unload
from mes.shipments.picking import pick as pick
from mes.shipments.picking import put_back as put_back
from mes.shipments.planning import Asked as Asked
from mes.shipments.planning import Plan as Plan
from mes.shipments.planning import asked_of as asked_of
from mes.shipments.planning import cancel as cancel
from mes.shipments.planning import plan as plan
from mes.shipments.rows import lines as lines
from mes.shipments.rows import picks as picks
from mes.shipments.rows import returns as returns
from mes.shipments.rows import shipment as shipment
from mes.shipments.rows import shipment_named as shipment_named
from mes.shipments.rows import shipments as shipments
