"""An insulated box: air, product and coil as separate thermal nodes, and the moisture of its air.

    ambient --walls, open door--> air <--> product
                                  air <--> coil <-- heat taken out by the refrigerant, or put in by the defrost heater

Lumped heat balances (first law for each node), explicit in time for the slow nodes and implicit for the coil, whose
time constant may be shorter than a step. Saturation after Magnus, coefficients of WMO-No. 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxSpec:
    air_j_k: float  # heat capacity of air, shelves and lining
    product_j_k: float
    coil_j_k: float
    wall_w_k: float  # walls and seals to what surrounds the box
    product_w_k: float  # between air and product, fans running
    coil_w_k: float  # between air and coil, fans running
    fans_w: float  # heat of fans and lights
    door_w_k: float  # an opening in passing, strip curtain closed behind
    door_wide_w_k: float  # left wide open
    leak_per_s: float  # part of the air's moisture exchanged with outside a second, door shut
    still_air: float = 0.12  # part of the exchange that is left when the fans stand
    solar_k: float = 0.0  # how much warmer the sun makes the walls at noon


def saturated_g_kg(temperature_c: float) -> float:
    """Moisture of saturated air at 1013 hPa, g of water per kg of air."""
    return 3.753 * exp(17.62 * temperature_c / (243.12 + temperature_c))


class Box:
    """State of a box. Temperatures in °C."""

    __slots__ = ("air_c", "coil_c", "moisture_g_kg", "product_c", "spec")

    def __init__(self, spec: BoxSpec, start_c: float) -> None:
        self.spec = spec
        self.air_c = self.product_c = self.coil_c = start_c
        self.moisture_g_kg = 0.62 * saturated_g_kg(start_c)

    def advance(self, dt_s: float, around_c: float, door_w_k: float, airflow: float, coil_heat_w: float) -> None:
        """One step of at most some 20 s. `airflow` is the part of the fans' full flow, 0 when they stand; `coil_heat_w`
        is negative when the refrigerant takes heat out."""
        spec, air = self.spec, self.air_c
        mixing = max(airflow, spec.still_air)
        coil_w_k, product_w_k = spec.coil_w_k * mixing, spec.product_w_k * max(mixing, 0.5)
        new_coil = (spec.coil_j_k * self.coil_c + dt_s * (coil_w_k * air + coil_heat_w)) / (
            spec.coil_j_k + dt_s * coil_w_k
        )
        to_product_w = product_w_k * (air - self.product_c)
        gain_w = (spec.wall_w_k + door_w_k) * (around_c - air) + (spec.fans_w if airflow else 0.0)
        self.air_c = air + dt_s * (gain_w - to_product_w - coil_w_k * (air - new_coil)) / spec.air_j_k
        self.product_c += dt_s * to_product_w / spec.product_j_k
        self.coil_c = new_coil

    def breathe(self, dt_s: float, around_g_kg: float, door_open: bool, fans: bool) -> None:
        """Moisture: comes in through leaks and the door, freezes out on a coil below the dew point."""
        leak = self.spec.leak_per_s + (1 / 900 if door_open else 0.0)
        gain = leak * (around_g_kg - self.moisture_g_kg)
        if fans:
            gain -= max(0.0, self.moisture_g_kg - saturated_g_kg(self.coil_c)) / 300
        self.moisture_g_kg += dt_s * gain

    @property
    def humidity(self) -> float:
        """Relative humidity, %."""
        return min(99.0, 100 * self.moisture_g_kg / saturated_g_kg(self.air_c))
