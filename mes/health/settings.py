"""How the watch of machine health goes about it. Seconds of the plant's clock, unless said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    dsn: str = ""  # of the programs' role
    poll_s: float = 2.0  # how often every machine is looked after
    lag_s: float = 10.0  # a tick is taken so long after its time: readings on their way are waited for
    holds_s: float = 0.0  # a reading is believed for so long at least, whatever its point says
    most_ticks: int = 500  # of one machine in one transaction
    machine_speed: float = 1.0  # how much faster than their clock machines live: more than 1 in a demo only
    back_days: float = 2.0  # a first version looks at so much of what was stored after its commissioning, at most
    history_days: float = 60.0  # commissioning begins no earlier than so long before the machine is watched
    sample_ticks: int = 15  # every so many ticks what is told is kept
    checkpoint_ticks: int = 360  # every so many ticks a state to go back to
    checkpoints: int = 28  # of a machine; what comes later than the oldest changes nothing that was told
    backoff_s: float = 10.0  # the longest wait while the database is not there, or after a machine that failed

    @property
    def lag(self) -> timedelta:
        return timedelta(seconds=self.lag_s)
