"""Alarms: their kinds, states and levels."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "priority": {"critical": N_("Critical"), "high": N_("High"), "medium": N_("Medium"), "low": N_("Low")},
    "alarm_state": {
        "active_unacked": N_("Active, not acknowledged"),
        "active_acked": N_("Active, acknowledged"),
        "rtn_unacked": N_("Returned to normal, not acknowledged"),
        "normal": N_("Over"),
    },
    "alarm_kind": {
        "temperature": N_("Temperature"),
        "stale": N_("Silent point"),
        "edge_lost": N_("Edge lost"),
        "unconfigured_point": N_("Unknown point"),
        "equipment": N_("Equipment"),
        "rejected_batch": N_("Readings set aside"),
        "rate": N_("Rate of change"),
        "cumulative": N_("Cumulative time out of limits"),
        "power": N_("Power failure"),
        "clock": N_("Clock deviation"),
        "door": N_("Door open"),
        "calibration": N_("Calibration"),
        "forecast": N_("Breach expected"),
        "audit_tamper": N_("Audit trail altered"),
        "configuration": N_("Configuration"),
        "undelivered": N_("Message not delivered"),
        "test": N_("Test alarm"),
    },
    "level": {"alarm": N_("alarm limit"), "critical": N_("critical limit")},
    "side": {"high": N_("too warm"), "low": N_("too cold")},
}

GUARDS = {
    "comment_given": N_("A comment is needed: say what you saw or did."),
}

DONE = {
    "alarm.acknowledged": N_("The alarm is acknowledged."),
}
