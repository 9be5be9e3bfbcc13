"""A refrigeration unit: thermostat with hysteresis, compressor, its current and power, suction pressure, the defrost.

In: air temperature, whether there is mains, how much refrigerant is left. Out: heat put into the coil (negative while
cooling), fans, current, pressure, switches.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, sqrt

SURGE_S = 3.0
"""A motor's starting surge decays with this time constant."""
FREEZING_K = 273.15
PRESSURE_0_BAR, PRESSURE_K = 6.05, 2368.0
"""R-404A: saturation at 0 °C, and its steepness, fitted to 1.35 bar at -40 °C and 3.05 bar at -20 °C."""
PULLS_DOWN_S = 40.0
"""The evaporator takes that long to follow a start or a stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSpec:
    cut_in_c: float
    cut_out_c: float
    cooling_w: float  # at the coil and ambient it is rated for
    rated_coil_c: float
    rated_around_c: float
    running_a: float  # current at the rated point
    defrost_every_s: float = 0.0  # 0: never; a part of a day
    defrost_s: float = 0.0
    heater_w: float = 0.0  # 0: off-cycle defrost, the fans blow room air over the coil
    rest_s: float = 120.0  # least time off, against short cycling
    no_load: float = 0.42  # part of the running current that a motor draws when its compressor moves nothing
    approach_k: float = 5.0  # the refrigerant evaporates that much below the coil
    starved_k: float = 18.0  # and that much deeper when it is nearly gone


class Unit:
    """State of a refrigeration unit."""

    __slots__ = (
        "_defrost_left_s",
        "_since_defrost_s",
        "_surge",
        "charge",
        "defrost",
        "evaporating_c",
        "failed",
        "off_s",
        "powered",
        "running",
        "spec",
    )

    def __init__(self, spec: UnitSpec) -> None:
        self.spec = spec
        self.running = self.defrost = self.failed = False
        self.powered = True
        self.off_s = 1e9
        self.charge = 1.0  # part of the refrigerant that is left
        self.evaporating_c = 0.0
        self._surge = self._defrost_left_s = 0.0
        self._since_defrost_s = 0.0

    def set_timer(self) -> None:
        """Set the defrost timer, as the controller does at midnight: days begin alike whatever came before."""
        self._since_defrost_s = self.spec.defrost_every_s / 3

    def advance(self, dt_s: float, air_c: float) -> None:
        """Switch as a controller does, once a step."""
        self._since_defrost_s += dt_s
        if not self.powered:
            self._stop()
            self.defrost = False
        elif self.defrost:
            self._defrost_left_s -= dt_s
            self.defrost = self._defrost_left_s > 0
        elif self.running:
            self._surge *= exp(-dt_s / SURGE_S)
            if air_c <= self.spec.cut_out_c:
                self._stop()
                self._defrost_if_due()
        elif air_c >= self.spec.cut_in_c and self.off_s >= self.spec.rest_s:
            # Mean of the decaying surge over the step, which is what a meter of that interval shows.
            self.running, self._surge = True, 1.6 * SURGE_S / dt_s * (1 - exp(-dt_s / SURGE_S))
        if not self.running:
            self.off_s += dt_s

    def _stop(self) -> None:
        if self.running:
            self.running, self.off_s = False, 0.0

    def _defrost_if_due(self) -> None:
        """A defrost waits for the cut-out: it begins in a box that has just been cooled down."""
        if 0 < self.spec.defrost_every_s <= self._since_defrost_s:
            self.defrost, self._defrost_left_s, self._since_defrost_s = True, self.spec.defrost_s, 0.0

    @property
    def fans(self) -> bool:
        """Fans turn whenever there is power, except while heaters thaw the coil."""
        return self.powered and not (self.defrost and self.spec.heater_w > 0)

    def coil_heat_w(self, coil_c: float, around_c: float) -> float:
        """Heat into the coil. A warmer coil evaporates more, a warmer condenser takes less: 2 %/K and 0.6 %/K."""
        if self.defrost:
            return self.spec.heater_w
        if not self.running or self.failed:
            return 0.0
        spec = self.spec
        part = 1 + 0.02 * (coil_c - spec.rated_coil_c) - 0.006 * (around_c - spec.rated_around_c)
        return -spec.cooling_w * self.capacity * min(1.4, max(0.3, part))

    @property
    def capacity(self) -> float:
        """Part of its cooling: a receiver covers the first tenth of a loss, from then on the evaporator starves."""
        return min(1.0, max(0.0, (self.charge - 0.2) / 0.7))

    def settle(self, dt_s: float, coil_c: float) -> None:
        """The evaporator follows: below the coil while the compressor draws, at the coil when it doesn't."""
        draws = self.running and not self.failed
        below_k = self.spec.approach_k + self.spec.starved_k * (1 - self.capacity) if draws else 0.0
        self.evaporating_c += dt_s / (PULLS_DOWN_S + dt_s) * (coil_c - below_k - self.evaporating_c)

    @property
    def suction_bar(self) -> float:
        """Absolute pressure in the suction line (Clausius-Clapeyron)."""
        inverse = 1 / FREEZING_K - 1 / (FREEZING_K + self.evaporating_c)
        return PRESSURE_0_BAR * exp(PRESSURE_K * inverse)

    def current_a(self, coil_c: float, around_c: float) -> float:
        """Current: a surge at the start, then by coil and ambient; without load when the compressor has failed."""
        surge = 0.0 if self.failed else self._surge
        return self._drawn_a(coil_c, around_c) * (1 + surge)

    def power_kw(self, coil_c: float, around_c: float) -> float:
        """Three phases of 400 V; the power factor falls from 0.85 at the rated current to 0.35 without load.

        The starting surge is mostly reactive and does not show in it.
        """
        current_a, spec = self._drawn_a(coil_c, around_c), self.spec
        loaded = (current_a / spec.running_a - spec.no_load) / (1 - spec.no_load)
        return sqrt(3) * 0.4 * current_a * (0.35 + 0.5 * min(1.0, max(0.0, loaded)))

    def _drawn_a(self, coil_c: float, around_c: float) -> float:
        """Current of a motor that runs, once it has started."""
        if not self.running:
            return 0.0
        spec = self.spec
        if self.failed:
            return spec.running_a * spec.no_load
        load = 1 + 0.008 * (coil_c - spec.rated_coil_c) + 0.010 * (around_c - spec.rated_around_c)
        pumped = 0.45 + 0.55 * self.capacity  # thin suction gas is less to press
        return spec.running_a * max(spec.no_load, pumped * min(1.3, max(0.7, load)))
