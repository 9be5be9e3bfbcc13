"""Materials: scans, weighing, stock and its ledger."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "unusable": {
        "retest_due": N_("Retest due"),
        "min_life": N_("Would not last long enough"),
        "empty": N_("Empty"),
        "reserved": N_("Reserved for others"),
    },
    "dispensing_status": {
        "planned": N_("Reserved, to be weighed"),
        "weighing": N_("On the scale"),
        "weighed": N_("Weighed, to be verified"),
        "verified": N_("Verified"),
        "staged": N_("Staged for the batch"),
        "consumed": N_("Used up"),
        "returned": N_("Returned to stock"),
        "destroyed": N_("Destroyed"),
        "rejected": N_("Rejected"),
    },
    "dispensing_end": {
        "return": N_("Return it to stock"),
        "destroy": N_("Destroy it"),
        "reject": N_("Reject it"),
    },
    "movement": {
        "opening": N_("Opening stock"),
        "receipt": N_("Goods received"),
        "move": N_("Moved"),
        "pack": N_("Packed"),
        "split": N_("Split"),
        "merge": N_("Merged"),
        "issue": N_("Issued to a batch"),
        "return": N_("Returned from a batch"),
        "weighing": N_("Weighed into a container"),
        "count": N_("Corrected by a count"),
        "yield": N_("Made by a batch"),
        "destruction": N_("Destroyed"),
    },
}

GUARDS = {
    "batch_not_running": N_("The batch is not running: start or resume it first."),
    "wrong_item": N_("No line of this order asks for this item."),
    "unknown_lot": N_("There is no such lot: scan the label again."),
    "label_mismatch": N_(
        "The label says another item or last day than the lot's record: put it aside and tell quality assurance."
    ),
    "not_released": N_("Quality assurance has not released this lot."),
    "on_hold": N_("This lot is on hold."),
    "expired": N_("This lot has expired."),
    "no_expiry": N_("Nobody has said when this lot expires."),
    "retest_due": N_("This lot must be tested again before it is used."),
    "min_life": N_("This lot would not last as long as the line asks."),
    "wrong_location": N_("None of it stands there: look where it stands, or move it first."),
    "not_dispensed": N_("This line takes weighed and verified containers only."),
    "in_excursion_zone": N_("An excursion is under way where it stands."),
    "not_fefo": N_("Another lot expires earlier: take that one, or let a line lead sign."),
    "insufficient": N_("Less is left there, or the rest is reserved for others."),
    "over_tolerance": N_("It would be more than the line allows."),
    "scale_not_calibrated": N_("The scale is not calibrated, or its daily check is missing."),
    "same_person": N_("Another person must verify this."),
    "lot_is_reserved": N_("Its lot is no longer reserved, a hold may have ended it: plan it again."),
    "lot_is_the_reserved_one": N_("This is not the lot that is reserved: scan the reserved one."),
    "net_is_within_tolerance": N_("The net weight is out of tolerance: add or take away, then weigh again."),
    "batch_stands_together": N_("The batch's other containers stand elsewhere: put it there."),
    "scale_is_calibrated": N_("The scale has no valid calibration: take another one."),
    "daily_check_passed": N_("The scale's check of today is missing or failed: do it first."),
    "tare_is_taken": N_("Take the tare of the empty container first."),
    "it_is_weighed": N_("Nothing is weighed into it yet."),
}

DONE = {
    "stock.received": N_("Received into quarantine"),
    "stock.moved": N_("Moved"),
    "stock.counted": N_("Count kept"),
    "dispensing.planned": N_("Lot reserved"),
    "dispensing.tared": N_("Tare taken: fill the container"),
    "dispensing.weighed": N_("Weight kept: a second person verifies"),
    "dispensing.verified": N_("Verified"),
    "dispensing.staged": N_("It stands with the batch"),
    "dispensing.ended": N_("Kept on record"),
    "scale.passed": N_("Daily check passed"),
    "scale.failed": N_("Daily check failed: do not weigh on it"),
}
