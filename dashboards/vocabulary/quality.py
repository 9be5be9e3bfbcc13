"""Excursions, deviations, and what QA decides about lots."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "condition": {"active": N_("Still out of limits"), "cleared": N_("Back within limits")},
    "excursion_status": {
        "open": N_("Open"),
        "under_assessment": N_("Under assessment"),
        "dispositioned": N_("Lots judged"),
        "closed": N_("Closed"),
        "false_alarm": N_("False alarm"),
    },
    "deviation_status": {
        "draft": N_("Draft"),
        "reported": N_("Reported"),
        "classified": N_("Classified"),
        "investigating": N_("Investigating"),
        "qa_review": N_("QA review"),
        "closed": N_("Closed"),
        "void": N_("Void"),
    },
    "severity": {"minor": N_("Minor"), "major": N_("Major"), "critical": N_("Critical")},
    "disposition": {
        "no_impact": N_("No impact: lift the hold"),
        "reduced_life": N_("Reduced life: lift the hold"),
        "retest": N_("Retest in quarantine"),
        "reject": N_("Reject the lot"),
    },
    "quality_status": {
        "quarantine": N_("Quarantine"),
        "released": N_("Released"),
        "rejected": N_("Rejected by QA"),
    },
    "unusable": {
        "not_released": N_("Not released"),
        "on_hold": N_("On hold"),
        "expired": N_("Expired"),
        "no_expiry": N_("No expiry date recorded"),
    },
    "deviation_step": {
        "report": N_("Report"),
        "classify": N_("Classify"),
        "investigate": N_("Start investigation"),
        "submit": N_("Hand in for review"),
        "return": N_("Return to investigation"),
        "close": N_("Close"),
        "void": N_("Declare void"),
        "reopen": N_("Reopen"),
    },
    "deviation_hint": {
        "reopen": N_("Say what has come up since. Its lots are on hold again and decided anew."),
        "report": N_("Describe what happened, as the one who noticed it."),
        "classify": N_(
            "QA sets the severity. A minor one may be closed with a justification; others need an investigation."
        ),
        "investigate": N_("Find the root cause, and whether other batches are affected."),
        "submit": N_("With the root cause and other batches; QA reviews it then."),
        "return": N_("Say what the investigation still has to answer."),
        "close": N_("With a signature. Its lots must be judged, and whoever reported it can't close it."),
        "void": N_("Only when its excursion is signed as a false alarm."),
    },
    "lot_unit": {
        "1": N_("pcs"),
        "pcs": N_("pcs"),
        "pen": N_("pens"),
        "vial": N_("vials"),
        "kit": N_("kits"),
        "bottle": N_("bottles"),
        "box": N_("boxes"),
    },
}

GUARDS = {
    "condition_is_cleared": N_("The room is still out of its limits: lots can be judged when it is back within them."),
    "every_lot_has_a_disposition": N_(
        "Every exposed lot needs its own decision. A lot may have come meanwhile: look at the list again."
    ),
    "only_exposed_lots_are_judged": N_("Only lots that were exposed can be judged here: look at the list again."),
    "every_disposition_has_a_reason": N_("Every decision needs a reason: fill it in for each lot, or for all lots."),
    "evidence_given": N_("Say what shows that the product was not exposed."),
    "deviation_is_closed": N_("Its deviation must be closed first."),
    "description_given": N_("Describe what happened."),
    "severity_given": N_("Choose a severity."),
    "signer_is_not_the_reporter": N_("Who reported the deviation can't close it: ask a colleague in QA."),
    "root_cause_given": N_("The root cause is missing: enter it when you hand the deviation in for review."),
    "other_batches_answered": N_("Say whether other batches are affected."),
    "severity_is_minor_or_investigated": N_(
        "Only a minor deviation may be closed without an investigation: start one, and hand it in for review."
    ),
    "lots_have_dispositions": N_("Judge and sign the lots of its excursion first."),
    "justification_given": N_("Say in the signature's reason why no investigation is needed."),
    "rationale_given": N_("Say in the signature's reason on what the decision rests."),
    "excursion_is_false_alarm": N_("It can be voided only when its excursion is signed as a false alarm."),
}

DONE = {
    "excursion.acknowledged": N_("The excursion is acknowledged; its evidence is frozen."),
    "excursion.dispositioned": N_("The lots are judged and signed."),
    "excursion.false_alarm": N_("The excursion is signed as a false alarm."),
    "deviation.report": N_("The deviation is reported."),
    "deviation.classify": N_("The deviation is classified."),
    "deviation.investigate": N_("The investigation has begun."),
    "deviation.submit": N_("The deviation is with QA for review."),
    "deviation.return": N_("The deviation is back in investigation."),
    "deviation.close": N_("The deviation is closed and signed."),
    "deviation.void": N_("The deviation is void, signed."),
    "deviation.reopen": N_("The deviation is open again."),
}
