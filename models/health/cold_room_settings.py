"""Figures of the cold room's rules: alike for all rooms; what differs between rooms is learned from each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdRoomSettings:
    """Minutes and kelvins. Times that are learned are multiplied, and something is added."""

    healthy_days: float = 7.0  # of usable readings until a room is known
    defrosts: int = 3  # episodes of `long_min` and more, until a room is known
    limit_delay_min: float = 60.0  # over the limit for so long while learning
    stale_min: float = 15.0
    jump_k: float = 3.0  # a bigger step waits for a second reading
    stuck_times: float = 3.0
    stuck_min: float = 15.0
    spike_memory_min: float = 360.0
    spikes: float = 2.0  # isolated spikes within that memory, beyond those of commissioning
    long_min: float = 15.0  # episodes from here on count as defrosts
    band_times: float = 1.3  # the band's upper end, in distances from the median to the lower end
    band_least_k: float = 1.2
    slow_from_min: float = 20.0
    slow_share: float = 0.75  # of the lowest envelope of long episodes
    slow_k: float = 0.8
    rising_min: float = 5.0
    turn_k: float = 0.3
    turn_times: float = 1.4
    turn_min: float = 8.0
    long_times: float = 1.3
    long_more_min: float = 10.0
    high_k: float = 2.5  # above the highest of commissioning ...
    high_share: float = 0.25  # ... or this share of how far above its level that was, if it is more
    power_kw: float = 0.04
    power_min: float = 5.0
    warm_k: float = 0.8  # above the cut-in
    asks_k: float = 0.4  # above the cut-in: the thermostat asks for cooling
    near_coil_k: float = 3.0
    warm_times: float = 1.3
    warm_min: float = 4.0
    fan_k: float = 5.0
    fan_min: float = 10.0
    heater_times: float = 1.3
    heater_min: float = 5.0
    door_times: float = 1.5
    door_min: float = 5.0
    window_min: float = 1440.0  # a slow statistic looks back so far, four times in this time
    leak_k: float = 2.0
    leak_h: float = 4.0
    leak_least: float = 0.05  # the least relative spread that is believed, with the ambient known ...
    leak_least_air: float = 0.10  # ... and without
    drift_k: float = 0.6  # the level of a day moved by so much at least ...
    drift_sigmas: float = 6.0  # ... and by so many of its spreads
    settle_min: float = 1440.0  # after an acute alarm
