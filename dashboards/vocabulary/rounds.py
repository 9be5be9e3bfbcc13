"""Rounds of inspection."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "round_status": {
        "scheduled": N_("Not open yet"),
        "open": N_("To be walked"),
        "in_progress": N_("Being walked"),
        "submitted": N_("Handed in"),
        "incomplete": N_("Incomplete"),
        "missed": N_("Missed"),
        "reviewed": N_("Reviewed"),
        "cancelled": N_("Called off"),
    },
    "timeliness": {
        "waiting": N_("to be looked at"),
        "on_time": N_("looked at in time"),
        "missed": N_("missed"),
        "late": N_("missed, looked at late"),
        "left_out": N_("left out, as may be"),
    },
    "check_answer": {"ok": N_("In order"), "not_ok": N_("Not in order")},
    "audit_action": {
        "round.set_down": N_("Round set down"),
        "round.open": N_("Round opened"),
        "round.start": N_("Round begun"),
        "round.scan": N_("Label scanned"),
        "round.entry": N_("Looked at"),
        "round.submit": N_("Round handed in"),
        "round.cut_short": N_("Round ended incomplete"),
        "round.miss": N_("Round missed"),
        "round.missed": N_("Items missed"),
        "round.call_off": N_("Round called off"),
        "round.review": N_("Round reviewed"),
    },
}

GUARDS = {
    "every_item_is_looked_at": N_(
        "Something on the way was not looked at yet: go there, or leave the round to end by itself."
    ),
    "reviewer_did_not_walk": N_("Who walked the round can't review it: ask a colleague."),
    "remark_given": N_("Something was missed: say why, and what follows."),
}

DONE = {
    "round.started": N_("You are at the machine: look at what is listed."),
    "round.kept": N_("It is kept."),
    "round.submitted": N_("The round is handed in."),
    "round.reviewed": N_("The round is reviewed."),
}
