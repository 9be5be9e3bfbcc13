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
        "gauge": N_("Gauge"),
        "mapping": N_("Mapping due"),
        "round": N_("Round missed"),
        "forecast": N_("Breach expected"),
        "audit_tamper": N_("Audit trail altered"),
        "configuration": N_("Configuration"),
        "stability": N_("Stability budget"),
        "undelivered": N_("Message not delivered"),
        "access": N_("Person locked out"),
        "deviation_due": N_("Deviation due"),
        "recall_late": N_("Recall overdue"),
        "test": N_("Test alarm"),
    },
    "suppression": {"shelved": N_("Shelved"), "out_of_service": N_("Out of service")},
    "alarm_cause": {
        "door": N_("Door was open"),
        "loading": N_("Loading or unloading"),
        "defrost": N_("Defrost"),
        "cooling": N_("Cooling machine"),
        "power": N_("Power supply"),
        "sensor": N_("Sensor"),
        "communication": N_("Communication"),
        "maintenance": N_("Maintenance work"),
        "setting": N_("Limit or setting"),
        "test": N_("Test"),
        "unknown": N_("Not known yet"),
    },
    "alarm_act": {
        "raised": N_("Alarm raised"),
        "upgraded": N_("Became more severe"),
        "called_again": N_("Called again: acknowledged and still active"),
        "acknowledged": N_("Acknowledged"),
        "commented": N_("Comment added"),
        "shelved": N_("Shelved"),
        "unshelved": N_("Taken from the shelf"),
        "out_of_service": N_("Taken out of service"),
        "returned": N_("Returned to service"),
        "cleared": N_("Returned to normal"),
    },
    "shelf_end": {
        "over": N_("its time was over"),
        "worse": N_("a more severe alarm came"),
        "replaced": N_("another decision took its place"),
    },
    "audit_action": {
        "alarm.raise": N_("Alarm raised"),
        "alarm.upgrade": N_("Alarm became more severe"),
        "alarm.clear": N_("Alarm returned to normal"),
        "alarm.comment": N_("Comment on an alarm"),
        "alarm.call_again": N_("Alarm called again"),
        "alarm.shelve": N_("Alarm shelved"),
        "alarm.unshelve": N_("Taking an alarm from the shelf"),
        "alarm.unshelved": N_("Alarm taken from the shelf"),
        "alarm.take_out_of_service": N_("Alarm taken out of service"),
        "alarm.return": N_("Returning an alarm to service"),
        "alarm.returned": N_("Alarm returned to service"),
    },
    "level": {"warn": N_("warning limit"), "alarm": N_("alarm limit"), "critical": N_("critical limit")},
    "side": {"high": N_("too warm"), "low": N_("too cold")},
}

GUARDS = {
    "comment_given": N_("A comment is needed: say what you saw or did."),
    "shelf_ends_in_time": N_("A shelf must end, and not later than the policy allows: choose an earlier end."),
    "ends_in_future": N_("The end must lie in the future: choose a later one, or none."),
    "kind_may_be_silent": N_("Alarms about the audit trail and about messages can't be silenced."),
}

DONE = {
    "alarm.acknowledged": N_("The alarm is acknowledged."),
    "alarm.commented": N_("The comment is added."),
    "alarm.shelved": N_("The alarm is shelved: it calls nobody until its end."),
    "alarm.out_of_service": N_("The alarm is out of service: it calls nobody until it is returned."),
    "alarm.brought_back": N_("The alarm is in service again."),
}
