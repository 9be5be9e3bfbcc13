"""Shipments to customers: their states and steps, what is picked, and what comes back."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "shipment_status": {
        "planned": N_("To be picked"),
        "picked": N_("Picked"),
        "loaded": N_("Loaded"),
        "shipped": N_("On its way"),
        "delivered": N_("Delivered"),
        "refused": N_("Not taken by the customer"),
        "returned": N_("All came back"),
        "cancelled": N_("Called off"),
    },
    "shipment_step": {
        "finish_picking": N_("Picking is done"),
        "pick_again": N_("Pick again"),
        "load": N_("Load"),
        "unload": N_("Unload"),
        "ship": N_("Ship"),
        "deliver": N_("Confirm delivery"),
        "refuse": N_("The customer did not take it"),
        "cancel": N_("Call the shipment off"),
    },
    "shipment_hint": {
        "finish_picking": N_("Every lot is checked again. If less goes than was asked for, say why."),
        "pick_again": N_("Back to picking, to put something back or take something else."),
        "load": N_("Every lot is checked again. With a vehicle of ours, its trip must be loading."),
        "unload": N_("Off the vehicle again; say to which place."),
        "ship": N_("Every lot is checked a last time. From now on it counts as on its way."),
        "deliver": N_("Say who took it over, and the number of the signed delivery note."),
        "refuse": N_("Say why. What comes back is then taken into quarantine below."),
        "cancel": N_("What was picked is free again. Say why."),
    },
    "transport": {
        "cold_road": N_("Refrigerated vehicle"),
        "road": N_("Road"),
        "air": N_("Air"),
        "rail": N_("Rail"),
        "sea": N_("Sea"),
        "courier": N_("Courier"),
        "collected": N_("Collected by the customer"),
    },
    "unusable": {"on_the_road": N_("In a vehicle")},
    "movement": {"shipment": N_("Shipped to a customer"), "goods_return": N_("Sent back by a customer")},
    "genealogy_link": {"returned": N_("came back as")},
    "audit_action": {
        "customer.add": N_("Customer added"),
        "customer.change": N_("Customer changed"),
        "shipment.plan": N_("Shipment planned"),
        "shipment.pick": N_("Picked for a shipment"),
        "shipment.put_back": N_("Put back from a shipment"),
        "shipment.finish_picking": N_("Picking done"),
        "shipment.pick_again": N_("Picking opened again"),
        "shipment.load": N_("Shipment loaded"),
        "shipment.unload": N_("Shipment unloaded"),
        "shipment.ship": N_("Shipment left"),
        "shipment.deliver": N_("Delivery confirmed"),
        "shipment.refuse": N_("Not taken by the customer"),
        "shipment.return": N_("Goods came back"),
        "shipment.cancel": N_("Shipment called off"),
        "lot.ship": N_("Shipped to a customer"),
    },
}

GUARDS = {
    "something_is_picked": N_("Nothing is picked yet: scan the lots first."),
    "lines_are_covered": N_("Less is picked than was asked for: pick the rest, or say why less goes."),
    "picks_are_kept": N_(
        "A hold has ended the reservation of something that was picked: pick again, put it back and scan it once more."
    ),
    "lots_may_be_shipped": N_("A lot in this shipment may not be used now: look at its marks."),
    "vehicle_is_loading": N_("The vehicle's trip is not loading: begin loading on the page of the trip."),
    "vehicle_carries_it": N_("The vehicle's trip is not under way and not loading: look at the trip."),
    "receiver_given": N_("Say who took the goods over."),
    "vehicle_has_arrived": N_("The vehicle has not arrived: report its arrival on the page of the trip."),
    "road_is_accepted": N_("The record of the road does not conform: receiving must judge the trip first."),
    "goods_have_left_the_stock": N_("The goods are still in the plant's books: tell who looks after the program."),
    "not_in_a_shipment_yet": N_("All that stands there is in a shipment already: scan another container or lot."),
    "not_more_than_asked": N_("That is more than is still to be picked."),
}

DONE = {
    "customer.kept": N_("The customer is kept."),
    "shipment.planned": N_("The shipment is planned: scan what goes into it."),
    "shipment.picked": N_("It is in the shipment."),
    "shipment.put_back": N_("It is out of the shipment and free again."),
    "shipment.finish_picking": N_("Picking is done."),
    "shipment.pick_again": N_("It may be picked again."),
    "shipment.load": N_("The shipment is loaded."),
    "shipment.unload": N_("The shipment is unloaded."),
    "shipment.ship": N_("The shipment is on its way."),
    "shipment.deliver": N_("The delivery is confirmed."),
    "shipment.refuse": N_("It is on record that the customer did not take it."),
    "shipment.cancel": N_("The shipment is called off."),
    "shipment.returned": N_("What came back is in quarantine as a lot of its own."),
}
