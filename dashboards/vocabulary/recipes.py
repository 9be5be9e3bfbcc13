"""Master batch records: their steps, the kinds of what an operator does, and how lots are picked for a line."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "recipe_status": {
        "draft": N_("Draft"),
        "review": N_("In review"),
        "approved": N_("Approved"),
        "effective": N_("In force"),
        "superseded": N_("Superseded"),
        "withdrawn": N_("Withdrawn"),
    },
    "recipe_step": {
        "submit": N_("Sign and submit"),
        "return": N_("Return to draft"),
        "approve": N_("Approve"),
        "put_in_force": N_("Put in force"),
        "withdraw": N_("Withdraw"),
    },
    "recipe_hint": {
        "submit": N_("Whoever wrote it signs. From then on it is not changed any more."),
        "return": N_("Say what must be written otherwise."),
        "approve": N_("QA signs, and not who wrote it."),
        "put_in_force": N_("Orders released from now on take this version; batches that run keep theirs."),
        "withdraw": N_("The draft is given up; it stays to be read."),
    },
    "step_kind": {
        "confirm": N_("Confirm"),
        "value": N_("Value"),
        "choice": N_("Choice"),
        "text": N_("Text"),
        "capture": N_("Taken from a point"),
        "ipc": N_("In-process check"),
        "material": N_("Material"),
        "equipment": N_("Equipment"),
        "yield": N_("Yield"),
    },
    "fefo_policy": {
        "strict": N_("first expired first, strictly"),
        "warn": N_("first expired first"),
        "off": N_("any lot"),
    },
    "audit_action": {
        "recipe.draft": N_("Master record drafted"),
        "recipe.write": N_("Master record written"),
        "recipe.submit": N_("Master record submitted"),
        "recipe.return": N_("Master record returned"),
        "recipe.approve": N_("Master record approved"),
        "recipe.put_in_force": N_("Master record put in force"),
        "recipe.withdraw": N_("Master record withdrawn"),
        "recipe.install": N_("Master record installed with the plant"),
    },
}

GUARDS = {
    "record_is_sound": N_("The record has mistakes: mend what is listed."),
    "change_approved": N_("A later version comes in force under an approved change: choose it."),
    "product_stays": N_("A record stays that of its product: draft another one for another product."),
    "product_has_no_record_yet": N_("The product has a record already: draft its next version."),
}

DONE = {
    "recipe.draft": N_("The draft is saved."),
    "recipe.write": N_("The draft is written anew."),
    "recipe.submit": N_("The record is signed and in review."),
    "recipe.return": N_("The record is in draft again."),
    "recipe.approve": N_("The record is approved and signed."),
    "recipe.put_in_force": N_("The record is in force."),
    "recipe.withdraw": N_("The draft is withdrawn."),
}
