"""Forecasts and thermal models."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "forecast_method": {
        "thermal": N_("by the room's time constant"),
        "straight": N_("by a straight line"),
        "steady": N_("steady"),
    },
    "thermal_source": {"window": N_("the room's own readings"), "mapping": N_("mapping study")},
    "audit_action": {"thermal_model.put": N_("Thermal model put in force")},
}

DONE = {"thermal_model.put": N_("The thermal model is in force.")}
