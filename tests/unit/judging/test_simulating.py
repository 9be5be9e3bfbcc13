"""Several seeds of simulated rooms are told together, and how long a room holds is held against rooms that warmed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from isotherm.commands import models
from isotherm.judging import coldroom_graft, simulating
from isotherm.judging.coldroom_hold import BEFORE_MIN, hold_figures
from isotherm.judging.coldroom_rooms import Rooms, Truth
from isotherm.judging.report import MODEL_OFF, SetReport
from isotherm.judging.running import Judged
from isotherm.judging.simulating import RunImpossible, Wanted, judge_seeds
from isotherm.judging.table import show
from tests.unit.models.health.simulated_rooms import LIMIT_C, TAU_MIN, healthy, known, warming

BREAKS = BEFORE_MIN + 400
nan = float("nan")


def of_seed(rooms: int, days: int, seed: int, physics: str = "freezer") -> SetReport:
    figures = {"false_per_asset_day": 0.01 * seed, "recall": nan if seed == 2 else 1.0}
    off = {MODEL_OFF: {"false_per_asset_day": 0.2 * seed, "recall": 0.5}}
    return SetReport(
        name=f"coldroom, {physics}", primary=figures, baselines=off, configuration={"rooms": rooms, "days": days}
    )


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Judged:
    monkeypatch.setattr(simulating, "judge_simulated", of_seed)
    return judge_seeds(Wanted(rooms=20, days=10, seed=1, seeds=3, physics=("freezer", "cooler")))


def test_each_physics_is_told_apart_with_the_mean_of_its_seeds_and_their_range(judged: Judged) -> None:
    freezer, cooler = judged.reports
    assert (freezer.name, cooler.name) == ("coldroom, freezer", "coldroom, cooler")
    assert freezer.primary["false_per_asset_day"] == pytest.approx(0.02)
    assert freezer.spread["false_per_asset_day"] == pytest.approx((0.01, 0.03))
    assert freezer.baselines[MODEL_OFF]["false_per_asset_day"] == pytest.approx(0.4)
    assert freezer.primary["recall"] == 1.0, "a seed with nothing to count counts for nothing"
    assert freezer.configuration["seed"] == "1 to 3"


def test_people_see_the_range_beside_the_mean(judged: Judged, capsys: pytest.CaptureFixture[str]) -> None:
    show(judged)
    line = next(line for line in capsys.readouterr().out.splitlines() if "false_per_asset_day" in line)
    assert line.split() == ["false_per_asset_day", "0.020", "0.010", "to", "0.030", "0.400"]


@pytest.mark.parametrize("facts", [{"rooms": 9}, {"days": 8}, {"seeds": 0}, {"seed": -1}, {"rooms": 10_000}])
def test_a_run_that_cannot_be_is_refused_before_it_begins(facts: dict[str, int]) -> None:
    with pytest.raises(RunImpossible):
        Wanted(**({"rooms": 20, "days": 14, "seed": 1, "seeds": 3} | facts), physics=("freezer",))


def test_the_command_passes_on_what_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulating, "judge_simulated", of_seed)
    words = "evaluate --set coldroom --simulate --rooms 12 --days 9 --seed 7 --seeds 2 --physics truck --json"
    answer = CliRunner().invoke(models.app, words.split())
    assert answer.exit_code == 0, answer.output
    (report,) = json.loads(answer.stdout[answer.stdout.index("{") :])["reports"]
    assert report["name"] == "coldroom, truck"
    assert report["configuration"] == {"rooms": 12, "days": 9, "seed": "7 to 8"}
    assert report["spread"]["false_per_asset_day"] == pytest.approx([0.07, 0.08])


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("--simulate --set skab", models.NotSimulated),
        ("--data . --rooms 20", models.OnlySimulated),
        ("--simulate --csv log.csv", models.OneOfTheThree),
    ],
)
def test_options_that_do_not_go_together_are_named(words: str, error: type[Exception]) -> None:
    assert isinstance(CliRunner().invoke(models.app, ["evaluate", *words.split()]).exception, error)


def a_loss(tau_min: float = TAU_MIN) -> Rooms:
    """One room that is healthy for more than a day and then warms, and when its product is too warm."""
    x = warming(healthy((BREAKS + 500) / 1440, seed=5), BREAKS)[:, :, :1]
    product, course = -20.0, []
    for air in x[:, 0, 0]:
        product += 0.0 if np.isnan(air) else (air - product) / tau_min
        course.append(product)
    breach = float(np.argmax(np.array(course) > LIMIT_C))
    return Rooms(x, (Truth("0", "comp_fail", BREAKS, len(x), breach, tau_min),), LIMIT_C)


def test_how_long_a_room_holds_is_held_against_how_long_it_did() -> None:
    told = hold_figures(a_loss(), known(whole=False), ("comp_fail",))
    assert (told["hold_over_events"], told["hold_over_told"]) == (1, 1)
    assert told["hold_over_inside"] == 1
    assert told["hold_over_error_share"] < 0.6


def test_a_model_that_knows_a_wrong_product_is_seen_to_be_wrong() -> None:
    monitor = known(whole=False)
    monitor.configure(np.array([0]), limit_c=LIMIT_C, product_tau_min=20 * TAU_MIN)
    told = hold_figures(a_loss(), monitor, ("comp_fail",))
    assert told["hold_over_error_share"] > 1
    assert told["hold_over_inside"] == 0


def test_rooms_without_a_loss_tell_nothing() -> None:
    told = hold_figures(a_loss(), known(whole=False), ("fan_fail",))
    assert told["hold_over_events"] == 0
    assert told["hold_over_error_min"] != told["hold_over_error_min"]


@pytest.mark.parametrize("is_on", [True, False])
def test_losses_grafted_onto_a_healthy_log_are_found_by_the_model_and_by_nothing_else(
    monkeypatch: pytest.MonkeyPatch, is_on: bool
) -> None:
    for name, value in {"FREEZERS": 1, "GRAFTS": 4, "HEALTHY_MIN": 1440, "_BEFORE_MIN": 300}.items():
        monkeypatch.setattr(coldroom_graft, name, value)
    if not is_on:
        monkeypatch.setattr(coldroom_graft, "_HEAT", 0)
    delays = coldroom_graft._delays(known(whole=False), healthy(3, seed=3)[:, :, :1], np.random.default_rng(1))
    assert len(delays) == (4 if is_on else 0)
    assert all(0 < delay <= 75 for delay in delays)
