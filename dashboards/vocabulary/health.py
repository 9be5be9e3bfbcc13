"""Machine health: how machines stand, what was advised, and models."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "health_standing": {
        "failing": N_("Failing"),
        "drifting": N_("Drifting"),
        "silent": N_("Silent"),
        "learning": N_("Learning"),
        "well": N_("Well"),
    },
    "health_cause": {
        "level": N_("A signal stays away from its level"),
        "pattern": N_("Signals go together otherwise than usual"),
        "limit": N_("Beyond a fixed limit for too long"),
        "model": N_("The model doesn't fit any more"),
        "cooling": N_("Heat is not taken away"),
        "compressor": N_("The compressor does not cool"),
        "fan": N_("The fan of the coil"),
        "power": N_("No power"),
        "door": N_("Door open for too long"),
        "defrost_stuck": N_("The defrost does not end"),
        "leak": N_("Refrigerant is being lost"),
        "sensor_stuck": N_("A probe stands still"),
        "sensor_dropout": N_("A probe says nothing"),
        "sensor_drift": N_("A probe drifts"),
        "sensor_spike": N_("A probe jumps"),
        "risk": N_("Warmer or longer out than ever while healthy"),
    },
    "health_end": {
        "calm": N_("calm again"),
        "maintenance": N_("after maintenance"),
        "restart": N_("started anew"),
        "model": N_("another version in force"),
    },
    "health_reset": {"maintenance": N_("After maintenance"), "restart": N_("Started anew")},
    "health_detector": {
        "multivariate": N_("signals of one machine together"),
        "cold_room": N_("cold room"),
    },
    "health_signal": {
        "air": N_("Room air"),
        "power": N_("Power"),
        "door": N_("Room door"),
        "coil": N_("Coil"),
        "ambient": N_("Surroundings"),
    },
    "signal": {
        "drive current": N_("current of the drive"),
        "vibration": N_("vibration"),
        "bearing": N_("bearing temperature"),
        "torque": N_("torque"),
        "speed": N_("speed"),
        "power": N_("electrical power"),
        "suction": N_("suction pressure"),
        "fan": N_("fan current"),
        "filter": N_("filter pressure difference"),
        "flow": N_("air flow"),
        "coil": N_("coil temperature"),
        "air": N_("air temperature"),
    },
    "health_model_status": {
        "proposed": N_("Proposed"),
        "in_force": N_("In force now"),
        "retired": N_("Retired"),
        "withdrawn": N_("Withdrawn"),
    },
    "health_reason": {"first version, learned in commissioning": N_("First version, learned in commissioning")},
    "health_hindrance": {"TooFewHealthyRows": N_("There are too few healthy readings yet to learn from.")},
    "health_window": {"1h": N_("One hour"), "1d": N_("One day"), "7d": N_("One week"), "90d": N_("Three months")},
    "audit_action": {
        "health_model.put_in_force": N_("Model put in force"),
        "health_model.propose": N_("Model proposed"),
        "health_model.withdraw": N_("Model withdrawn"),
        "health_model.sign": N_("Model signed"),
        "machine_health.exclude": N_("Time excluded from learning"),
        "machine_health.reset": N_("Levels taken anew"),
        "machine_health.ask_to_learn": N_("New model asked for"),
        "health_alert.begin": N_("Health alert"),
    },
}

DONE = {
    "health_model.signed": N_("The model is in force."),
    "health_model.withdrawn": N_("The model is withdrawn."),
    "health.excluded": N_("Nothing is learned from this time."),
    "health.restarted": N_("Levels are taken anew from then on."),
    "health.learning_asked": N_("A new version is being learned. It appears below when it is done."),
}
