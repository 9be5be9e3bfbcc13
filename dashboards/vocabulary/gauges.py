"""Gauges and what rests on them."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "gauge_kind": {
        "thermometer": N_("Thermometer"),
        "pressure": N_("Pressure gauge"),
        "length": N_("Length"),
        "torque": N_("Torque"),
        "weight": N_("Test weight"),
        "scale": N_("Scale"),
        "time": N_("Timer"),
        "electrical": N_("Electrical"),
        "other": N_("Other"),
    },
    "gauge_status": {
        "in_service": N_("In service"),
        "out_of_service": N_("Out of service"),
        "lost": N_("Lost"),
    },
    "outcome": {
        "pass": N_("Passed"),
        "adjusted": N_("Adjusted"),
        "fail_as_found": N_("Failed as found"),
    },
    "resting": {
        "weighing": N_("Weighing"),
        "capture": N_("Step of a batch"),
        "round": N_("Round"),
        "batch": N_("Batch"),
        "maintenance_order": N_("Maintenance order"),
        "lot": N_("Lot"),
        "other": N_("Other"),
    },
    "audit_action": {
        "gauge.register": N_("Gauge taken into the register"),
        "gauge.status": N_("Status of a gauge changed"),
        "gauge.measure": N_("Gauge used"),
    },
}

GUARDS = {
    "gauge_is_in_service": N_("This gauge is out of service or lost: take another."),
    "gauge_is_in_calibration": N_(
        "The calibration of this gauge is overdue, failed or not on record: take another, and have it calibrated."
    ),
    "value_is_in_gauge_range": N_("The value lies beyond the range of this gauge: take one that covers it."),
}

DONE = {
    "gauge.registered": N_("The gauge is in the register: enter its certificate next."),
    "gauge.status": N_("The status of the gauge is changed."),
}
