"""Machines, their ailments and maintenance orders."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
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
    "order_hint": {
        "approve": N_("The work is worth doing: somebody can take it."),
        "reject": N_("There is nothing to be done here."),
        "assign": N_("Give it to somebody. Who starts it without that takes it."),
        "start": N_("The machine is under maintenance from now on."),
        "hold": N_("Parts or people are missing: it can be resumed."),
        "resume": N_("The work goes on."),
        "done": N_("Say what was found and done. A colleague verifies it."),
        "verify": N_("Look at the machine and its readings: is it as it should be? Not by the one who did the work."),
        "close": N_("Nothing is left to do."),
        "cancel": N_("It is not needed any more."),
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
}

GUARDS = {
    "assigned_to_given": N_("Say who is to do it."),
    "findings_given": N_("Findings are needed: say what was found and done."),
    "check_result_given": N_("Say what the check after the work showed."),
    "no_batch_runs_on_it": N_("A batch runs on this machine: wait for its end, or stop it first."),
    "verifier_is_not_the_doer": N_("Who did the work can't verify it: ask a colleague."),
}

DONE = {
    "order.changed": N_("The maintenance order has moved on."),
}
