"""The detector against the physics of the simulated plant: learned from three healthy days at one reading a minute,
asked of a live plant whose physics runs ten times as fast as its clock, at one reading a second."""

from __future__ import annotations

import numpy as np
import pytest

from models.circuit import Readings, circuit
from models.compressor import CompressorNormal, CompressorSettings, find, learn
from models.finding import Finding
from simulators.faults import fault
from simulators.works import Works, warmed

ROOM = "cold-room-2"
START_S = 1_763_596_800  # 2025-11-20 00:00 UTC
DAY_S = 86_400
SPEED = 10.0
MEASURES = {
    "running": "running",
    "current": "current",
    "coil": "coil-temperature",
    "air": "air-1",
    "door": "door",
    "defrost": "defrost",
}
SETTINGS = CompressorSettings()


def record(works: Works, start_s: int, rows: int, every_s: int, speed: float) -> dict[str, Readings]:
    read = []
    for row in range(rows):
        works.advance(every_s, speed, start_s + row * every_s)
        read.append(works.read(ROOM))
    time_us = (start_s + every_s * np.arange(rows)) * 1_000_000
    good = np.full(rows, 192)
    return {role: (time_us, np.array([row[measure] for row in read]), good) for role, measure in MEASURES.items()}


@pytest.fixture(scope="module")
def normal() -> CompressorNormal:
    points = record(warmed(1, START_S), START_S, 3 * 1440, 60, 1.0)
    return learn(
        circuit(points, from_us=START_S * 10**6, until_us=(START_S + 3 * DAY_S) * 10**6, step_s=60, stale_s=150),
        SETTINGS,
    )


def asked_live(normal: CompressorNormal, kind: str | None, seconds: int) -> tuple[int, Finding] | None:
    """When it was found first (s after the start of the record), and what."""
    start_s = START_S + 3 * DAY_S
    works = warmed(1, start_s)
    if kind is not None:
        works.switch_on(fault(kind, ROOM))
    points = record(works, start_s, seconds, 1, SPEED)
    for after in range(20, seconds, 5):
        at_us = (start_s + after) * 10**6
        window = circuit(points, from_us=max(start_s * 10**6, at_us - 300 * 10**6), until_us=at_us, step_s=1, stale_s=5)
        found = find(window, normal, SETTINGS.faster(SPEED))
        if found is not None:
            return after, found
    return None


def test_a_failed_compressor_is_found_within_two_minutes(normal: CompressorNormal) -> None:
    told = asked_live(normal, "compressor-failure", 300)
    assert told is not None
    after, found = told
    assert found.failure_mode == "not_cooling"
    assert after <= 120


@pytest.mark.parametrize("kind", [None, "door-left-open", "mains-lost"])
def test_nothing_else_is_laid_at_the_compressors_door(normal: CompressorNormal, kind: str | None) -> None:
    assert asked_live(normal, kind, 1200) is None
