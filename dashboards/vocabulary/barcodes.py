"""Codes, labels and genealogy."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "code_kind": {
        "elements": N_("GS1 element string"),
        "digital_link": N_("GS1 Digital Link"),
        "gtin": N_("Trade item number (GTIN)"),
        "sscc": N_("Pallet number (SSCC)"),
        "drug_code": N_("Drug traceability code"),
        "own": N_("Label of this plant"),
        "plain": N_("Plain text"),
    },
    "doubt": {
        "lot_swallowed": N_(
            "The lot's number may hold the next part of the code. Compare it with the label, and set the scanner to"
            " send GS between parts."
        ),
        "separator_recovered": N_(
            "The separator was missing. A lot that is known here told where it was: set the scanner to send GS."
        ),
        "keyboard_layout": N_("Scanner and computer have different keyboards. Set the scanner to the computer's."),
        "caps_lock": N_("Caps lock is on: capitals and small letters were swapped back."),
        "input_method": N_("A Chinese input method changed characters. Switch it to English before you scan."),
        "not_a_gs1_symbol": N_("The symbol is no GS1 symbol, though it holds GS1 data: the label's maker should know."),
        "fnc1_spelled": N_("The scanner writes the separator as text. It is read, but GS (0x1D) is safer."),
        "digit_missing": N_(
            "These are 19 digits; a drug traceability code has 20. Scan it again, or compare it with the pack."
        ),
        "other_issuer": N_(
            "This is a device identifier of another issuer than GS1 (HIBC, ICCBBA or MA): its parts are not read. Scan"
            " the GS1 symbol beside it, or type the lot."
        ),
        "not_canonical": N_("The address is read, but is not written as GS1 writes it."),
    },
    "scan_fact": {
        "read": N_("Read as"),
        "kind": N_("Kind"),
        "text": N_("Text"),
        "what": N_("Part of the code"),
        "number": N_("Number"),
        "date": N_("Date"),
        "at": N_("From here on"),
        "after": N_("After this part"),
        "then": N_("This follows"),
        "element": N_("Part of the code"),
        "elements": N_("Parts of the code"),
        "value": N_("Value"),
        "needs": N_("Needs one of"),
        "excludes": N_("Not together with"),
        "address": N_("Address"),
        "why": N_("Reason"),
        "allowed": N_("Allowed order"),
        "code": N_("Code"),
    },
    "thing": {
        "lot": N_("Lot"),
        "container": N_("Container"),
        "equipment": N_("Machine"),
        "person": N_("Person"),
        "location": N_("Place"),
        "order": N_("Order"),
        "item": N_("Item"),
    },
    "disagreement": {
        "item": N_("The label names another item than the lot's record: set the goods aside and tell QA."),
        "expiry": N_("The label says another last day of use than the lot's record: set the goods aside and tell QA."),
    },
    "label_kind": {
        "LOT": N_("Lot"),
        "BOX": N_("Container"),
        "EQ": N_("Machine"),
        "PSN": N_("Person"),
        "LOC": N_("Place"),
        "ORD": N_("Order"),
    },
    "label_line": {
        "item": N_("Item"),
        "lot": N_("Lot"),
        "expires": N_("Last day of use"),
        "quantity": N_("Quantity"),
    },
    "genealogy_link": {
        "consume": N_("used in"),
        "rework": N_("reworked in"),
        "split": N_("split into"),
        "merge": N_("merged into"),
    },
    "audit_action": {
        "scanner.set": N_("Scanner setting changed"),
        "drug_code.capture": N_("Traceability code kept"),
        "label.print": N_("Labels printed"),
    },
}

DONE = {
    "scanner.set": N_("The setting holds from now on."),
}
