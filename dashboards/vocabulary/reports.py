"""Reports: kinds, how far their making is, and why nothing was known."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "report_status": {
        "waiting": N_("Waits for the worker"),
        "being_made": N_("Being made"),
        "ready": N_("Ready"),
        "failed": N_("Failed"),
    },
    "report_gap": {
        "given_up": N_("the edge had to give readings up"),
        "power": N_("mains lost"),
        "edge_lost": N_("edge lost: nothing of it arrived"),
        "bad": N_("the probe had no valid value"),
        "not_begun": N_("before its first reading"),
        "probe_silent": N_("this probe alone was silent"),
        "unknown": N_("cause unknown: nothing is on record"),
    },
    "report_verdict": {"pass": N_("passes"), "escalate": N_("escalate to a person")},
    "report_series": {
        "air": N_("air probes"),
        "product": N_("product probes"),
        "virtual": N_("product computed from the air (first-order buffer)"),
    },
    "report_switch": {
        "door": N_("door open"),
        "defrost": N_("defrost on"),
        "mains": N_("mains lost"),
    },
    "report_check": {
        "kinetic": N_("mean kinetic temperature of the warmest window"),
        "ceiling": N_("never above the ceiling"),
        "floor": N_("never below the floor"),
        "longest": N_("longest single time outside"),
        "low_side": N_("never below the label's range"),
        "critical": N_("critical level not reached"),
        "cumulative": N_("time outside, added up"),
        "completeness": N_("enough is known"),
        "calibration": N_("probes calibrated"),
        "allowed": N_("the policy allows time outside at all"),
    },
    "report_calibration": {
        "valid": N_("valid"),
        "due": N_("valid, due soon"),
        "overdue": N_("overdue"),
        "failed": N_("failed at the last calibration"),
        "unknown": N_("unknown: no signed certificate is on record"),
    },
    "report_uncalibrated": {
        "no_instrument": N_("no instrument is on record at this point"),
        "no_certificate": N_("no certificate of its instrument is on record"),
        "not_signed": N_("QA has not signed its certificate"),
        "overdue": N_("its calibration was overdue"),
        "failed": N_("it was left beyond its tolerance by the last calibration"),
    },
    "report_logger_gap": {
        "no_file": N_("no file of this position was imported"),
        "begins_late": N_("the logger's file begins later"),
        "ends_early": N_("the logger's file ended before"),
        "unreadable": N_("no reading; the file has lines that could not be read"),
        "silent": N_("the logger skipped readings"),
    },
    "audit_action": {
        "report.ask": N_("Report asked for"),
        "report.keep": N_("Report kept"),
        "report.fail": N_("Report failed"),
        "report.retry": N_("Report tried again"),
    },
}

DONE = {
    "report.asked": N_("The report is asked for. It appears here when it is made."),
    "report.retried": N_("The report is tried again."),
    "report.signed": N_("The report is signed. A copy that shows the signature is being made."),
}
