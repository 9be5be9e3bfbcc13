"""Trips of vehicles: their steps, what is scanned, and what their records show."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "trip_status": {
        "planned": N_("Planned"),
        "loading": N_("Loading"),
        "under_way": N_("Under way"),
        "arrived": N_("Arrived, to be judged"),
        "accepted": N_("Accepted"),
        "refused": N_("Refused"),
        "cancelled": N_("Called off"),
    },
    "trip_step": {
        "begin_loading": N_("Begin loading"),
        "override_readiness": N_("Load by QA's decision"),
        "depart": N_("Depart"),
        "arrive": N_("Report arrival"),
        "accept": N_("Accept the goods"),
        "refuse": N_("Refuse the goods"),
        "cancel": N_("Call the trip off"),
    },
    "trip_hint": {
        "begin_loading": N_("The air must have been within its limits for the last half hour, at every probe."),
        "override_readiness": N_(
            "QA may sign for what is missing: time of pre-cooling, or a certificate that is not on record here."
        ),
        "depart": N_(
            "The doors are shut and the vehicle leaves. What was forgotten may still be scanned, with its time."
        ),
        "arrive": N_("The record of the trip is made of the readings up to now; receiving judges it."),
        "accept": N_("You have looked at this record and take the goods over."),
        "refuse": N_("Every lot of the trip goes on hold at once, and QA finds a deviation."),
        "cancel": N_("Only while nothing is loaded."),
    },
    "trip_direction": {"load": N_("Loaded"), "unload": N_("Unloaded")},
    "trip_check": {
        "no_excursion": N_("No excursion on the way"),
        "complete": N_("Enough of the way is known"),
        "recording": N_("Recorded often enough"),
        "recording_out": N_("Recorded often enough while out of limits"),
        "refresh": N_("Refreshed often enough"),
    },
    "trip_calibration": {
        "valid": N_("calibrated"),
        "due": N_("calibrated, due soon"),
        "overdue": N_("calibration overdue"),
        "failed": N_("calibration failed"),
        "unknown": N_("no certificate"),
    },
    "audit_action": {
        "trip.plan": N_("Trip planned"),
        "trip.load": N_("Lot loaded"),
        "trip.unload": N_("Lot unloaded"),
        "trip.record": N_("Trip record made"),
        "trip.reopen": N_("Trip opened again"),
        "trip.begin_loading": N_("Loading begun"),
        "trip.override_readiness": N_("Loading allowed by QA"),
        "trip.depart": N_("Vehicle departed"),
        "trip.arrive": N_("Vehicle arrived"),
        "trip.accept": N_("Goods accepted"),
        "trip.refuse": N_("Goods refused"),
        "trip.cancel": N_("Trip called off"),
    },
}

GUARDS = {
    "vehicle_is_precooled": N_(
        "The vehicle is not pre-cooled: its air must be known and within limits for half an hour before loading."
    ),
    "enough_points_are_live": N_(
        "Too few measuring points of the vehicle speak: it needs two, and one more for each further 20 m³ begun."
    ),
    "no_sensor_is_out_of_calibration": N_("A probe of the vehicle is overdue for calibration, or has failed it."),
    "sensors_have_certificates": N_("A probe of the vehicle has no calibration certificate on record."),
    "vehicle_has_no_other_trip": N_("This vehicle is on another trip: end that first."),
    "something_is_loaded": N_("Nothing is loaded yet: scan the lots first."),
    "no_lot_aboard_is_on_hold": N_("A lot aboard is on hold: unload it, or wait until QA has judged it."),
    "nothing_is_loaded": N_("Lots are aboard: unload them first."),
    "record_is_current": N_("The record has changed since you opened this page: look at it again, then sign."),
    "loaded_between_loading_and_departure": N_(
        "Say when it was loaded: after loading began, and before the vehicle left."
    ),
}

DONE = {
    "trip.planned": N_("The trip is planned."),
    "trip.changed": N_("The trip has moved on."),
    "trip.loaded": N_("The lot is aboard."),
    "trip.unloaded": N_("The lot is unloaded."),
    "trip.accepted": N_("The goods are accepted."),
    "trip.refused": N_("The goods are refused: their lots are on hold."),
}
