"""Policies: their rules, the values in these, and changes on their way."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "policy_section": {
        "shared": N_("Evaluation"),
        "levels.warn": N_("Warning level"),
        "levels.alarm": N_("Alarm level (an excursion)"),
        "levels.critical": N_("Critical level"),
        "cumulative": N_("Time beyond a value, added up"),
        "rate": N_("Rate of change"),
        "kinetic": N_("Mean kinetic temperature"),
        "allowances": N_("Acceptable after an excursion"),
        "contexts": N_("What lengthens a delay"),
        "cadence": N_("Refresh and record"),
        "accuracy": N_("Largest error of a sensor"),
        "people": N_("People to be told"),
        "permissions": N_("What people may do with readings"),
        "calibration": N_("Calibration of sensors"),
        "remapping": N_("Mapping again"),
        "point_counts": N_("Fewest measuring points"),
        "escalation": N_("Escalation of alarms"),
    },
    "policy_value": {
        "low": N_("Low limit"),
        "high": N_("High limit"),
        "low_inclusive": N_("The low limit itself is out"),
        "high_inclusive": N_("The high limit itself is out"),
        "low_delay_s": N_("Delay, low side"),
        "high_delay_s": N_("Delay, high side"),
        "side": N_("Side"),
        "limit": N_("Value"),
        "inclusive": N_("At the value counts"),
        "allowed_s": N_("Allowed together"),
        "window_s": N_("Within"),
        "per_h": N_("Fastest change"),
        "over_s": N_("Measured over"),
        "limit_c": N_("Highest"),
        "activation_kj_per_mol": N_("Activation energy"),
        "floor": N_("Never below"),
        "ceiling": N_("Never above"),
        "longest_s": N_("At longest"),
        "role": N_("While"),
        "refresh_s": N_("New value at least every"),
        "storage_s": N_("Recorded in storage at least every"),
        "transport_s": N_("Recorded in transport at least every"),
        "out_s": N_("Recorded out of limits at least every"),
        "error": N_("Error at most"),
        "unit": N_("Unit"),
        "least": N_("At least"),
        "manual_import": N_("Bring readings in by hand"),
        "correction": N_("Correct a sensor's values"),
        "every_days": N_("Every so many days"),
        "both_seasons": N_("In the hottest and in the coldest season"),
        "notice_days": N_("Told so many days before"),
        "space": N_("Space"),
        "step": N_("One more for each further"),
        "rungs_s": N_("Told after"),
        "repeat_s": N_("Told again after"),
        "longest_shelf_s": N_("Shelved at longest"),
        "title_en": N_("Title, English"),
        "title_zh": N_("Title, Chinese"),
        "deadband": N_("Deadband"),
        "stale_s": N_("A reading holds for"),
        "resolution": N_("Resolution"),
        "completeness": N_("Known share for advice to pass"),
        "forecast_s": N_("Forecast of a breach sooner than"),
        "power_s": N_("Without mains for"),
        "packs": N_("Regulations beside it"),
        "citation": N_("Citation"),
    },
    "policy_code": {
        "high": N_("above"),
        "low": N_("below"),
        "door": N_("door open"),
        "defrost": N_("defrost"),
        "flat-store": N_("flat store"),
        "cold-store": N_("cold store"),
        "vehicle": N_("vehicle or compartment"),
        "m2": N_("m²"),
        "m3": N_("m³"),
        "Cel": N_("°C"),
    },
    "policy_allowed": {"True": N_("allowed"), "False": N_("forbidden")},
    "policy_yes": {"True": N_("yes"), "False": N_("no")},
    "policy_change": {
        "proposed": N_("Waits for a signature"),
        "signed": N_("Signed"),
        "withdrawn": N_("Withdrawn"),
    },
    "policy_fault": {
        "unreadable": N_("This can't be read: a number, or a time such as 90s, 10m, 24h, 30d."),
        "disagrees": N_("This does not agree with the other figures of the policy."),
    },
    "cadence_asked": {
        "refresh": N_("New value"),
        "record": N_("Recorded inside the limits"),
        "record_out": N_("Recorded out of limits"),
    },
    "audit_action": {
        "policy.version": N_("Version of a policy put in force"),
        "policy.propose": N_("Change of a policy proposed"),
        "policy.withdraw": N_("Change of a policy withdrawn"),
        "policy_change.sign": N_("Signing of a policy"),
        "policy_change.withdraw": N_("Withdrawal of a change"),
        "policy_change.change": N_("Change of a proposal"),
    },
}

GUARDS = {
    "follows_the_newest_version": N_("Another version came in between: withdraw this change and propose it anew."),
}

DONE = {
    "policy.proposed": N_("The change is proposed. Look at what differs, then sign."),
    "policy.signed": N_("The new version is signed."),
    "policy.withdrawn": N_("The change is withdrawn."),
}

CITATIONS = (
    N_("EU GDP 2013/C 343/01 3.2.1, and the Commission's questions and answers: in the hottest and the coldest season"),
    N_("WHO PQS E006, 30-day temperature recorder"),
    N_("WHO shipping indicator, type I"),
    N_("WHO shipping indicator, type II"),
)
"""Sources that packs cite in English alone; a pack that is out is never changed."""
