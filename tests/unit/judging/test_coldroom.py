"""Rooms in files and simulated rooms are judged alike, and a cause counts only if it names the fault."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isotherm.judging import coldroom
from isotherm.judging.coldroom_rooms import HEALTHY_MIN, Rooms, Truth, from_files
from isotherm.judging.protocol import Alert
from isotherm.judging.report import SetUnreadable
from simulators.cold_rooms import simulate, write

nan = float("nan")


def test_what_the_simulator_writes_is_read_back_as_it_was(tmp_path: Path) -> None:
    run = simulate(3, 1, seed=4, share_each=0)
    write(run, tmp_path)
    rooms = from_files(tmp_path)
    np.testing.assert_allclose(rooms.x, run.x, atol=1e-6)
    assert [truth.fault for truth in rooms.truths] == ["none"] * 3
    assert rooms.truths[1].tau == pytest.approx(run.labels[1].product_tau_min, abs=0.05)


def test_files_of_another_layout_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SetUnreadable):
        from_files(tmp_path)
    (tmp_path / "rooms.csv").write_text("room,minute,humidity\n0,0,55\n")
    with pytest.raises(SetUnreadable):
        from_files(tmp_path)


def test_the_air_alone_need_not_tell_one_loss_of_cooling_from_another_but_a_sensor_from_a_room() -> None:
    assert coldroom.accepted("comp_fail", whole=True) == ("compressor",)
    assert "cooling" in coldroom.accepted("comp_fail", whole=False)
    assert coldroom.accepted("sensor_drift", whole=False) == ("sensor_drift",)
    assert "compressor" not in coldroom.accepted("fan_fail", whole=True)


def test_an_alert_in_a_fault_finds_it_and_one_in_a_healthy_room_is_false() -> None:
    start = HEALTHY_MIN + 100.0
    truths = (
        Truth("0", "comp_fail", start, start + 300, start + 200, 120.0),
        Truth("1", "none", nan, nan, nan, 120.0),
    )
    rooms = Rooms(np.zeros((HEALTHY_MIN + 2 * 1440, 2, 1)), truths, -15.0)
    alerts = [Alert("0", (start + 50) * 60.0, "comp_fail"), Alert("1", (HEALTHY_MIN + 700) * 60.0, "risk")]
    told = coldroom._figures(rooms, alerts)
    assert told["recall"] == told["cause_accuracy"] == 1
    assert told["delay_median_min"] == 50
    assert told["lead_median_min"] == 150
    assert told["after_breach"] == 0
    assert told["false_alerts"] == 1
    late = coldroom._figures(rooms, [Alert("0", (start + 250) * 60.0, "comp_fail")])
    assert late["after_breach"] == 1
