"""Advice on excursions, and stability budgets."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "verdict": {
        "pass": N_("Within the policy's allowances"),
        "escalate": N_("Escalate: needs a decision on the product"),
    },
    "check_verdict": {"pass": N_("passes"), "escalate": N_("does not pass")},
    "check": {
        "kinetic": N_("Mean kinetic temperature"),
        "ceiling": N_("Ceiling"),
        "floor": N_("Floor"),
        "longest": N_("Longest time outside"),
        "low_side": N_("Never too cold"),
        "critical": N_("Critical limits not reached"),
        "cumulative": N_("Time added up"),
        "completeness": N_("Enough is known"),
        "calibration": N_("Probe calibrated"),
        "allowed": N_("Time outside is allowed"),
    },
    "series": {"air": N_("Air probes"), "product": N_("Product probes"), "virtual": N_("Computed product probe")},
    "probe_state": {
        "valid": N_("calibration valid"),
        "due": N_("calibration due soon"),
        "overdue": N_("calibration overdue"),
        "failed": N_("calibration failed"),
        "unknown": N_("no calibration known"),
    },
    "context": {"door": N_("Door was open"), "defrost": N_("Defrost"), "mains": N_("Without mains")},
    "end_reason": {"sensor_lost": N_("probe lost, ended by QA")},
    "entry_kind": {
        "draw": N_("drawn"),
        "inherit": N_("inherited"),
        "credit": N_("given back"),
        "reversal": N_("drawn again"),
    },
    "combination": {
        "independent": N_("each band for itself"),
        "sum_of_fractions": N_("shares of all bands add up"),
        "arrhenius": N_("equivalent time at a reference temperature"),
    },
    "audit_action": {
        "excursion.reopened": N_("Excursion opened again"),
        "stability.credit": N_("Stability given back"),
        "stability.reversal": N_("Stability drawn again"),
        "stability.profile": N_("Stability profile in force"),
        "lot.split": N_("Lot split"),
        "lot.merge": N_("Lots merged"),
        "lot.receive": N_("Lot received"),
        "lot.move": N_("Lot moved"),
        "lot.release": N_("Lot released"),
        "lot.reject": N_("Lot rejected"),
        "lot.quarantine": N_("Lot back in quarantine"),
        "hold.place": N_("Hold placed"),
        "hold.lift": N_("Hold lifted"),
        "episode.sensor_lost": N_("Episode ended: probe lost"),
    },
}

GUARDS = {
    "assessment_is_as_shown": N_(
        "Readings or lots have changed since you saw the advice: look at it again, then sign."
    ),
    "condition_is_active": N_("It is over already: lots can be judged."),
    "probe_is_silent": N_("The probe still speaks: wait until it is silent for longer than a reading holds."),
    "excursion_is_judged": N_("Judge the lots of this excursion first."),
    "disposition_is_no_impact": N_("Stability is given back only to a lot on which the excursion had no impact."),
    "something_was_drawn": N_("This excursion has drawn nothing of the lot's stability."),
    "not_given_back_yet": N_("It has been given back already."),
    "lot_is_not_on_hold": N_("The lot is on hold: QA judges it before it is split or merged."),
    "has_a_stability_hold": N_("No hold of the stability budget stands on this lot."),
    "budget_is_not_exhausted": N_("The budget is still exhausted: give time back first, or reject the lot."),
}

DONE = {
    "excursion.sensor_lost": N_("The excursion is ended with the worst case. Its lots can be judged now."),
    "stability.given_back": N_("The time is given back, signed."),
    "stability.lifted": N_("The hold is lifted, signed."),
    "lot.split": N_("The lot is split."),
}
