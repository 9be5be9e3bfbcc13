"""The air handling unit of the clean room: a fan that holds its flow against duct and filters.

Fan laws (pressure goes with speed squared), a duct whose loss goes with flow squared, filters whose loss goes with
flow. As filters clog the controller turns the fan faster; at full speed the flow gives way. Worn bearings of the fan
cost power and shake it.
"""

from __future__ import annotations

from math import hypot, sqrt

from simulators.physics.wear import Wear
from simulators.physics.weather import Surroundings

FLOW_M3_H = 4800.0
DUCT_PA, CLEAN_PA = 320.0, 95.0
CLOGGED = 6.0
"""Filters that nobody changed have lost that many times their clean loss in addition."""
FAN_PA, INNER_PA = 1090.0, 150.0
"""The fan's pressure at full speed without flow, and what it loses inside at the rated flow."""
SETTLES_S = 120.0
STEP_S = 30.0


class AirHandler:
    """State: speed of the fan (a part of full speed), its flow (a part of the rated one), wears."""

    measures = ("fan-speed", "fan-current", "fan-vibration", "filter-pressure", "supply-flow")

    def __init__(self) -> None:
        self.speed, self.flow, self.density = 0.72, 1.0, 1.0
        self.fan_wear: Wear | None = None
        self.clogging: Wear | None = None

    def advance(self, _clock_s: float, physical_s: float, now: Surroundings) -> None:
        """Run on by physical seconds; warm air outside is thin and asks for a little more speed."""
        self.density = 293.0 / (273.0 + 0.7 * 21.0 + 0.3 * now.outdoor_c)
        left = physical_s
        while left > 1e-9:
            dt_s = min(STEP_S, left)
            for wear in (self.fan_wear, self.clogging):
                if wear:
                    wear.advance(dt_s, self.flow)
            wanted = sqrt((DUCT_PA + INNER_PA + self._filter_pa) / (FAN_PA * self.density))
            self.speed += dt_s / (SETTLES_S + dt_s) * (min(1.0, wanted) - self.speed)
            left -= dt_s
        self.flow = self._flow()

    def _flow(self) -> float:
        """Where the fan's curve and the losses meet: (duct + inner) q² + filter q = fan n²."""
        square, straight = DUCT_PA + INNER_PA, self._filter_pa
        head = FAN_PA * self.density * self.speed * self.speed
        return (sqrt(straight * straight + 4 * square * head) - straight) / (2 * square)

    @property
    def _filter_pa(self) -> float:
        """Loss of the filters at the rated flow."""
        return CLEAN_PA * (1 + CLOGGED * (self.clogging.severity if self.clogging else 0.0))

    def values(self) -> tuple[float, ...]:
        """What its instruments would read without noise, in the order of `measures`."""
        worn = self.fan_wear.severity if self.fan_wear else 0.0
        loss_pa = DUCT_PA * self.flow * self.flow + self._filter_pa * self.flow
        shaft_w = loss_pa * self.flow * FLOW_M3_H / 3600 / 0.55 + 620 * worn * self.speed
        return (
            100 * self.speed,
            hypot(1.5, shaft_w / (sqrt(3) * 400 * 0.9)),  # magnetising and working current
            self.speed / 0.72 * (1.1 + 5.5 * worn * worn),
            self._filter_pa * self.flow,
            FLOW_M3_H * self.flow,
        )
