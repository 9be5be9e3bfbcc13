"""How the watch watches. Seconds of the plant's clock; nothing here decides whether a reading is out."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.compressor import CompressorSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    dsn: str  # of the programs' role
    poll_s: float = 0.25  # how often it looks for new batches
    tick_s: float = 1.0  # how often it looks for what passes without a reading: delays, silence, moved lots
    silence_s: float = 5.0  # how often for stale points, lost edges, unknown points, rejected batches
    live_batches: int = 300  # of one edge in one transaction
    backlog_batches: int = 60  # fewer, so that live values never wait long
    readings: int = 100_000  # of these batches together, if they are large
    rejudged: int = 50  # points judged again in one transaction
    anchor_rows: int = 1800  # readings of an open episode after which it is counted on from an anchor
    late_s: float = 120.0  # found longer than this after it was so: late
    rates_s: float = 30.0  # how often it is looked how fast values change; 0: never
    broken_s: float = 60.0  # a probe that says nothing usable for so long is an alarm, though it goes on talking
    power_s: float = 60.0  # a room without mains for so long is an alarm, where no policy says otherwise
    door_open_s: float = 300.0  # a door open for so long is an alarm
    clock_s: float = 30.0  # an edge's clock that is off by more is an alarm
    edge_lost_s: float = 30.0  # no batch for so long: the edge is lost
    quiet_edges: frozenset[str] = frozenset({"import"})  # that send no live batches: history, files
    rejected_s: float = 600.0  # an alarm of rejected batches stands for so long after the last one
    plant_s: float = 5.0  # how long the plant model is remembered
    machines_s: float = 30.0  # how often compressors are looked at; 0: never
    forecasts_s: float = 10.0  # how often it is asked which room leaves its limits soon; 0: never
    calibrations_s: float = 60.0  # how often it is asked which sensors are due for calibration; 0: never
    deviations_s: float = 60.0  # how often it is asked which deviations fall due; 0: never
    recalls_s: float = 60.0  # how often it is asked which clocks of recalls have run out; 0: never
    stability_s: float = 60.0  # how often stability budgets of lots are counted; 0: never
    maintenance_s: float = 60.0  # how often plans of maintenance are looked at; 0: never
    inspections_s: float = 5.0  # how often rounds of inspection are opened and closed; 0: never
    trips_s: float = 60.0  # how often records of trips are held against readings that came since; 0: never
    machine_window_s: float = 3600.0  # how far back the detector looks, on a machine as fast as its clock
    machine_speed: float = 1.0  # how much faster than their clock machines are: more than 1 in a demo only
    compressor: CompressorSettings = field(default_factory=CompressorSettings)
    learn_days: float = 2.0  # how far back a machine's normal is learned from
    learn_again_s: float = 600.0  # how soon it is tried again where there was too little to learn from
    backoff_s: float = 5.0  # the longest wait while the database is not there
