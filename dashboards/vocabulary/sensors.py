"""Sensors, their certificates, look-backs."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "calibration": {
        "valid": N_("Calibrated"),
        "due": N_("Due soon"),
        "overdue": N_("Overdue"),
        "failed": N_("Beyond tolerance"),
        "unknown": N_("Not on record"),
    },
    "look_back_verdict": {
        "appears": N_("Would have been an excursion"),
        "vanishes": N_("Would have been none"),
        "changes": N_("Longer or shorter, further or less far out"),
    },
    "audit_action": {
        "instrument.register": N_("Instrument registered"),
        "sensor.install": N_("Sensor installed"),
        "sensor.remove": N_("Sensor removed"),
        "sensor.install.withdraw": N_("Installation withdrawn"),
        "sensor.correct": N_("Correction signed"),
        "point.move": N_("Point moved"),
        "point.move.withdraw": N_("Move withdrawn"),
        "certificate.enter": N_("Certificate entered"),
        "look_back.open": N_("Look-back opened"),
        "look_back.look": N_("Looked back over the readings"),
        "look_back.conclude": N_("Look-back concluded"),
    },
}

GUARDS = {
    "all_is_looked_at": N_("The readings are still being looked at: wait until all of them have been."),
    "conclusion_given": N_("Say what follows for readings, excursions and lots."),
}

DONE = {
    "sensor.installed": N_("The sensor is on record at this point."),
    "sensor.removed": N_("The sensor is no longer at this point."),
    "sensor.withdrawn": N_("What was recorded in error is withdrawn."),
    "point.moved": N_("The point's new place is recorded; what was judged since then is judged again."),
    "certificate.entered": N_("The certificate is entered. It counts when QA has signed it."),
    "certificate.looked_back": N_(
        "The certificate is entered. The sensor was found beyond its tolerance: a look-back is open."
    ),
    "certificate.signed": N_("The certificate is signed and counts from now on."),
    "sensor.corrected": N_("The correction is signed."),
    "look_back.concluded": N_("The look-back is concluded; its holds are lifted."),
}
