"""What was found when an exception of a batch was raised: a word for each fact."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "exception_fact": {
        "alert_high": N_("Upper alert limit"),
        "alert_low": N_("Lower alert limit"),
        "certificate": N_("Certificate of analysis"),
        "coverage_pct": N_("Time that is known"),
        "dispensing": N_("Dispensing"),
        "expected": N_("Could have been made"),
        "gap_s": N_("Time that is unknown"),
        "good": N_("Good"),
        "high": N_("Upper action limit"),
        "high_pct": N_("Highest yield allowed"),
        "is": N_("Value now"),
        "item": N_("Item"),
        "late_min": N_("Entered later by"),
        "least": N_("Least quantity"),
        "line": N_("Line of the bill of materials"),
        "lot": N_("Lot"),
        "low": N_("Lower action limit"),
        "low_pct": N_("Lowest yield allowed"),
        "made": N_("Quantity made"),
        "max": N_("Highest"),
        "mean": N_("Mean"),
        "min": N_("Lowest"),
        "n": N_("Readings in the window"),
        "name": N_("Which value"),
        "net": N_("Net"),
        "note": N_("Note"),
        "operation": N_("Operation"),
        "ordered": N_("Quantity ordered"),
        "pct": N_("Yield"),
        "quantity": N_("Quantity"),
        "reason": N_("Reason"),
        "required": N_("Quantity required"),
        "status": N_("Machine's status"),
        "tag": N_("Point"),
        "value": N_("Value"),
        "was": N_("Value before"),
    },
}
