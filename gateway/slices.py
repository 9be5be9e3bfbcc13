"""The routers of the plant's slices, mounted under /api."""

from __future__ import annotations

from gateway.epcis import api as epcis
from mes.actions import api as actions
from mes.alarms import api as alarms
from mes.audit import api as audit
from mes.barcodes import api as barcodes
from mes.batches import api as batches
from mes.capa import api as capa
from mes.changes import api as changes
from mes.complaints import api as complaints
from mes.documents import api as documents
from mes.equipment import api as equipment
from mes.forecast import api as forecast
from mes.gauges import api as gauges
from mes.genealogy import api as genealogy
from mes.health import api as health
from mes.inventory import api as inventory
from mes.inventory import stock_api as stock
from mes.items import api as items
from mes.maintenance import api as maintenance
from mes.maintenance import plans_api as maintenance_plans
from mes.maintenance import work_api as maintenance_work
from mes.mapping import api as mapping
from mes.materials import api as materials
from mes.materials import weighing_api as weighing
from mes.notifications import api as notifications
from mes.orders import api as orders
from mes.people import api as people
from mes.plant import api as plant
from mes.policies import api as policies
from mes.purchasing import api as purchasing
from mes.quality import api as quality
from mes.recall import api as recall
from mes.recipes import api as recipes
from mes.release import api as release
from mes.rounds import api as rounds
from mes.sensors import api as sensors
from mes.shipments import api as shipments
from mes.stability import api as stability
from mes.suppliers import api as suppliers
from mes.training import api as training
from mes.trips import api as trips

ROUTERS = (
    alarms.router,
    complaints.router,
    changes.router,
    capa.router,
    actions.router,
    audit.router,
    batches.router,
    equipment.router,
    barcodes.router,
    epcis.router,
    documents.router,
    forecast.router,
    gauges.router,
    genealogy.router,
    health.router,
    stock.router,
    inventory.router,
    items.router,
    maintenance_work.router,
    maintenance_plans.router,
    maintenance.router,
    notifications.router,
    orders.router,
    mapping.router,
    materials.router,
    weighing.router,
    people.router,
    plant.router,
    policies.router,
    purchasing.router,
    quality.router,
    recall.router,
    recipes.router,
    rounds.router,
    release.router,
    sensors.router,
    shipments.router,
    stability.router,
    suppliers.router,
    training.router,
    trips.router,
)
