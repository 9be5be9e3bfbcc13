"""Words for codes: what a status, a guard or a switch is called by people. English is the text that is translated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from gettext import NullTranslations
from types import MappingProxyType

from dashboards.language import N_

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
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
        },
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
        "order_status": {
            "requested": N_("Requested"),
            "approved": N_("Approved, to be started"),
            "assigned": N_("Assigned"),
            "in_progress": N_("In progress"),
            "on_hold": N_("On hold"),
            "done": N_("Done, to be verified"),
            "verified": N_("Verified"),
            "closed": N_("Closed"),
            "rejected": N_("Declined"),
            "cancelled": N_("Cancelled"),
        },
        "order_step": {
            "approve": N_("Approve"),
            "reject": N_("Decline"),
            "assign": N_("Assign"),
            "start": N_("Start work"),
            "hold": N_("Interrupt"),
            "resume": N_("Resume"),
            "done": N_("Report done"),
            "verify": N_("Verify"),
            "close": N_("Close"),
            "cancel": N_("Cancel order"),
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
        "equipment_status": {
            "ready": N_("Ready"),
            "in_use": N_("In use"),
            "under_maintenance": N_("Under maintenance"),
            "out_of_service": N_("Out of service"),
            "retired": N_("Retired"),
        },
        "finding": {
            "failure_mode": N_("Failure"),
            "peak": N_("Peak"),
            "side": N_("Side"),
            "level": N_("Limit"),
            "model": N_("Model"),
            "score": N_("Score"),
            "threshold": N_("Threshold"),
        },
        "signal": {"air - coil": N_("air above the coil"), "current": N_("compressor's current")},
        "deviation_hint": {
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
        "order_hint": {
            "approve": N_("The work is worth doing: somebody can take it."),
            "reject": N_("There is nothing to be done here."),
            "assign": N_("Give it to somebody. Who starts it without that takes it."),
            "start": N_("The machine is under maintenance from now on."),
            "hold": N_("Parts or people are missing: it can be resumed."),
            "resume": N_("The work goes on."),
            "done": N_("Say what was found and done. A colleague verifies it."),
            "verify": N_(
                "Look at the machine and its readings: is it as it should be? Not by the one who did the work."
            ),
            "close": N_("Nothing is left to do."),
            "cancel": N_("It is not needed any more."),
        },
        "lot_unit": {
            "pcs": N_("pcs"),
            "pen": N_("pens"),
            "vial": N_("vials"),
            "kit": N_("kits"),
            "bottle": N_("bottles"),
            "box": N_("boxes"),
        },
        "audit_action": {
            "alarm.acknowledge": N_("Alarm acknowledged"),
            "deviation.draft": N_("Deviation drafted"),
            "excursion.open": N_("Excursion opened"),
            "excursion.lot": N_("Lot exposed"),
            "excursion.exposure": N_("Exposure counted"),
            "excursion.acknowledge": N_("Excursion acknowledged"),
            "excursion.clear": N_("Back within limits"),
            "excursion.extend": N_("Window of the excursion changed"),
            "excursion.decide": N_("Lot judged"),
            "excursion.disposition": N_("Lots judged"),
            "excursion.false_alarm": N_("False alarm"),
            "excursion.close": N_("Excursion closed"),
            "excursion.reopen": N_("Excursion opened again"),
            "ingest.replay": N_("Taken in after all"),
            "ingest_rejected.replay": N_("Taken in after all"),
            "maintenance_order.request": N_("Order requested"),
            "maintenance_order.link": N_("Linked to an excursion"),
            "signature.apply": N_("Signed"),
        },
        "fact": {
            "detail": N_("Details"),
            "needs": N_("Needs the role"),
            "allowed": N_("Allowed"),
            "looked_for": N_("Looked for"),
        },
        "order_kind": {"corrective": N_("Corrective"), "preventive": N_("Preventive")},
        "failure_mode": {
            "not_cooling": N_("Runs and does not cool"),
            "not_running": N_("Does not start"),
            "current_high": N_("Current above its normal"),
            "current_low": N_("Current below its normal"),
            "bearing_wear": N_("Bearing wear"),
            "room_out_of_limits": N_("Room out of limits"),
            "other": N_("Other"),
        },
        "side": {"high": N_("too warm"), "low": N_("too cold")},
        "level": {"alarm": N_("alarm limit"), "critical": N_("critical limit")},
        "meaning": {
            "performed": N_("Performed"),
            "verified": N_("Verified"),
            "reviewed": N_("Reviewed"),
            "approved": N_("Approved"),
            "released": N_("Released"),
            "rejected": N_("Rejection"),
            "authored": N_("Authored"),
            "acknowledged": N_("Acknowledged"),
        },
        "role": {
            "operator": N_("Operator"),
            "lead": N_("Line lead"),
            "qc": N_("Quality control"),
            "qa": N_("Quality assurance"),
            "qp": N_("Qualified person"),
            "maintenance": N_("Maintenance"),
            "engineer": N_("Engineer"),
            "warehouse": N_("Warehouse"),
            "admin": N_("Administrator"),
        },
        "reading": {
            "good": N_("good"),
            "out": N_("out of limits"),
            "uncertain": N_("uncertain"),
            "bad": N_("no value"),
            "old": N_("old"),
            "none": N_("never heard"),
        },
        "link": {"2": N_("connected"), "1": N_("degraded"), "0": N_("not reached")},
        "lane": {
            "cold-chain": N_("cold chain"),
            "process": N_("process"),
            "bulk": N_("bulk"),
            "all": N_("all classes"),
        },
        "config_fate": {
            "accepted": N_("accepted, on trial"),
            "refused": N_("refused"),
            "applied": N_("in force"),
            "rolled-back": N_("taken back after its trial"),
        },
        "set_aside": {
            "Malformed": N_("can't be read"),
            "WrongSubject": N_("for another plant"),
            "WrongEdge": N_("under another edge's name"),
            "SequenceReused": N_("number used before, for something else"),
            "BadValue": N_("not a number"),
            "BadTimestamp": N_("a time that can't be"),
            "Unstorable": N_("refused by the database"),
        },
        "gap_reason": {
            "full": N_("the edge's buffer was full"),
            "old": N_("kept for longer than the edge may keep it"),
            "damaged": N_("the edge's buffer was damaged"),
        },
        "quality": {
            "0": N_("bad, no reason given"),
            "4": N_("the device has no such point"),
            "8": N_("not wired"),
            "12": N_("device failure"),
            "16": N_("probe broken"),
            "24": N_("device can't be reached"),
            "28": N_("out of service"),
            "64": N_("uncertain"),
            "68": N_("an old value held by the device"),
            "80": N_("at the edge of its range"),
            "88": N_("device clock not believed"),
            "192": N_("good"),
            "216": N_("forced by hand"),
        },
    }
)
"""By kind of code: code to English word. A code that is not here is shown as it is."""

SWITCHES: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "door": {0: N_("closed"), 1: N_("open")},
        "mains": {0: N_("power lost"), 1: N_("present")},
        "running": {0: N_("no"), 1: N_("yes")},
        "cooling": {0: N_("no"), 1: N_("yes")},
        "defrost": {0: N_("no"), 1: N_("yes")},
        "state": {0: N_("stopped"), 1: N_("running"), 2: N_("fault"), 3: N_("cleaning")},
    }
)
"""By role of a point: what its numbers mean."""

ABNORMAL_SWITCHES = frozenset({("mains", 0), ("state", 2)})

GUARDS: Mapping[str, str] = MappingProxyType(
    {
        "comment_given": N_("A comment is needed: say what you saw or did."),
        "version_is_current": N_(
            "Somebody else changed this record meanwhile. You now see its present state: decide again."
        ),
        "signed": N_("This needs a signature with password."),
        "reason_given": N_("A reason in words is needed."),
        "note_given": N_("A note is needed: say why."),
        "assigned_to_given": N_("Say who is to do it."),
        "findings_given": N_("Findings are needed: say what was found and done."),
        "check_result_given": N_("Say what the check after the work showed."),
        "no_batch_runs_on_it": N_("A batch runs on this machine: wait for its end, or stop it first."),
        "condition_is_cleared": N_(
            "The room is still out of its limits: lots can be judged when it is back within them."
        ),
        "every_lot_has_a_disposition": N_(
            "Every exposed lot needs its own decision. A lot may have come meanwhile: look at the list again."
        ),
        "only_exposed_lots_are_judged": N_("Only lots that were exposed can be judged here: look at the list again."),
        "every_disposition_has_a_reason": N_(
            "Every decision needs a reason: fill it in for each lot, or for all lots."
        ),
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
        "verifier_is_not_the_doer": N_("Who did the work can't verify it: ask a colleague."),
    }
)
"""By guard: what must be true, and what to do about it."""

DONE: Mapping[str, str] = MappingProxyType(
    {
        "alarm.acknowledged": N_("The alarm is acknowledged."),
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
        "ingest.replayed": N_("What was set aside is stored now; the watch judges it like every other reading."),
        "order.changed": N_("The maintenance order has moved on."),
    }
)


WRONG_STATE = N_("The record's present state does not allow this step: look at it again.")
"""For guards `state_is_...`, which every state machine makes of itself."""


def guard(name: str, translate: Callable[[str], str]) -> str:
    """What a guard that failed asks for."""
    return translate(WRONG_STATE if name.startswith("state_is_") else GUARDS.get(name, name))


def word(kind: str, code: object, translate: Callable[[str], str]) -> str:
    """What people call a code of this kind."""
    known = WORDS[kind].get(str(code))
    return translate(known) if known else str(code)


def act(action: str, translate: Callable[[str], str]) -> str:
    """What an action of the audit trail is called; a step of a record as its button is."""
    entity, _, step = action.removesuffix(".refused").partition(".")
    steps = WORDS[_STEPS[entity]] if entity in _STEPS else {}
    known = WORDS["audit_action"].get(f"{entity}.{step}") or steps.get(step)
    said = translate(known) if known else action
    return f"{said} ({translate(_REFUSED)})" if action.endswith(".refused") else said


_STEPS = {"deviation": "deviation_step", "maintenance_order": "order_step"}
_REFUSED = N_("refused")


def span(seconds: float | None, texts: NullTranslations) -> str:
    """A length of time in the two units that matter."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    for unit, size, small, rest in (("d", 86_400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {texts.gettext(unit)} {whole % size // rest} {texts.gettext(small)}"
    return f"{whole} {texts.gettext('s')}"


UNITS_OF_TIME = (N_("d"), N_("h"), N_("min"), N_("s"))
