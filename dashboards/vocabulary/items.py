"""The item master: kinds of items, units of counting, levels of packaging."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "item_kind": {
        "product": N_("Products"),
        "raw": N_("Raw materials"),
        "reagent": N_("Reagents"),
        "packaging": N_("Packaging materials"),
    },
    "unit": {
        "pcs": N_("pcs"),
        "kit": N_("kit"),
        "vial": N_("vial"),
        "pen": N_("pen"),
        "box": N_("box"),
        "case": N_("case"),
        "tray": N_("tray"),
    },
    "pack_level": {
        "each": N_("Single unit"),
        "inner": N_("Inner pack"),
        "case": N_("Outer case"),
        "pallet": N_("Pallet"),
    },
    "audit_action": {
        "item.unit": N_("Pack said or corrected"),
        "item.gtin": N_("Trade item number added"),
    },
}

DONE = {
    "item.unit": N_("The pack is kept. Quantities are converted by it from now on."),
    "item.gtin": N_("The trade item number is kept. Scanners know it from now on."),
}
