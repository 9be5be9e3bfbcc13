"""What is not known is drawn as not known: the chart's own code, on a broken probe, a silence, a reading that holds."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import dashboards
from dashboards.curves import Shown, as_json
from telemetry.store import Trend
from tests.integration.dashboards.test_views import a_point

FOLDER = Path(dashboards.__file__).parent
NOTHING, BROKEN = "-", "x"
ASKED = """
const trend = JSON.parse(process.argv[1]);
const { mean, hold, bad } = trend.traces[0];
const line = drawn(trend.times, mean, hold, bad).map((v) => (v === undefined ? "joined" : v));
console.log(JSON.stringify({ gaps: gaps(trend), line }));
"""


def a_curve(minutes: str) -> Shown:
    """Buckets of a minute: a digit is a mean, `x` bad readings alone, `-` none. A reading holds for 300 s more."""
    means = [float(each) if each.isdigit() else None for each in minutes]
    n = [0 if each == NOTHING else 6 for each in minutes]
    bad = [6 if each == BROKEN else 0 for each in minutes]
    good = [a - b for a, b in zip(n, bad, strict=True)]
    times = [60_000 * k for k in range(len(minutes))]
    return Shown(a_point(), "Air", Trend(1, 60, times, means, means, means, n, good, bad), None, {})


@cache
def chart_code() -> str:
    """The module that the chart is bundled from, as JavaScript."""
    esbuild = FOLDER / "node_modules" / ".bin" / "esbuild"
    source = FOLDER / "islands" / "trend-data.ts"
    return subprocess.run([esbuild, source, "--format=esm"], capture_output=True, text=True, check=True).stdout


def drawn(curve: Shown) -> dict[str, Any]:
    """What the browser makes of it."""
    start, end = (datetime.fromtimestamp(t, UTC) for t in (0, 60 * len(curve.trend.t)))
    sent = json.dumps(as_json([curve], [], start, end, live=False, grows=False))
    command = ["node", "--input-type=module", "-e", chart_code() + ASKED, sent]
    answer: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return answer


@pytest.mark.parametrize(
    ("minutes", "line", "gaps", "known"),
    [
        ("5555555555", [5, 5, 5, 5, 5, 5, 5, 5, 5, 5], [], 1.0),
        ("5---6", [5, "joined", "joined", "joined", 6], [], 1.0),  # a reading holds until the next
        (
            "5-x-6",
            [5, None, None, None, 6],
            [[120, 240]],
            0.6,
        ),  # a broken probe says nothing, however soon it is mended
        ("5xxxx", [5, None, None, None, None], [[60, 300]], 0.2),
        ("xx555", [None, None, 5, 5, 5], [[0, 120]], 0.6),
        ("5-------6-", [5, *[None] * 7, 6, None], [[0, 480]], 0.8),
        ("----------", [None] * 10, [[0, 600]], 0.0),
    ],
)
def test_a_line_is_joined_only_over_what_is_known(minutes: str, line: list[Any], gaps: list[Any], known: float) -> None:
    curve = a_curve(minutes)
    assert drawn(curve) == {"gaps": gaps, "line": line}
    assert curve.known_share() == pytest.approx(known)
