"""Stability profiles in a plant folder: mistakes by line, versions that are put in force and never change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isotherm.demo import FOLDER
from mes.inventory import service as inventory
from mes.plant.apply import Action, apply, difference
from mes.plant.check import check, read_plant
from mes.stability.profiles import ProfileVersionFrozen, in_force
from models.stability import Combination
from telemetry.work import Work

ITEM = """\
site: {code: hainan, name: {en: Hainan, zh: 海南}}
items:
  - code: PEN
    kind: product
    name: {en: Pen, zh: 笔}
    unit: pen
    stability:
      version: 1
      effective_from: 2026-01-01T00:00:00Z
      reason: first
      citation: study 1
      combination: independent
      bands:
"""


def mistakes(tmp_path: Path, *lines: str) -> list[str]:
    text = ITEM + "".join(f"        {line}\n" for line in lines)
    (tmp_path / "plant.yaml").write_text(text, "utf-8")
    return [str(problem) for problem in check(tmp_path)]


def test_bands_that_do_not_touch_are_told_with_their_line(tmp_path: Path) -> None:
    [told] = mistakes(tmp_path, "- {low: 8, high: 15, hours: 24}", "- {low: 16, high: 25, hours: 4}")
    assert "bands 8..15 and 16..25 don't touch" in told
    assert told.startswith("plant.yaml:13")


def test_a_warmer_band_never_allows_more(tmp_path: Path) -> None:
    [told] = mistakes(tmp_path, "- {low: 8, high: 15, hours: 4}", "- {low: 15, high: 25, hours: 24}")
    assert "band 15..25 allows more than the cooler 8..15" in told


def test_a_word_that_is_not_known(tmp_path: Path) -> None:
    [told] = mistakes(tmp_path, "- {low: 8, high: 15, hour: 4, hours: 4}")
    assert "hour" in told
    assert told.startswith("plant.yaml:14")


async def test_the_demo_plants_profiles_are_put_in_force_once(work: Work) -> None:
    model = read_plant(FOLDER)
    added = [change for change in await apply(work, model, "setup") if change.entity == "stability"]
    assert {change.key: change.action for change in added} == {
        "FG-PEN": Action.NEW_VERSION,
        "FG-KIT": Action.NEW_VERSION,
    }
    assert [change for change in await difference(work, model) if change.entity == "stability"] == []
    pen = await inventory.item_named(work, "FG-PEN")
    kept = (await in_force(work, [pen.id]))[pen.id]
    assert (kept.profile.combination, kept.profile.names) == (
        Combination.INDEPENDENT,
        ("8..15", "15..25", "25..30", ">30"),
    )
    assert kept.product_tau_s == 2700


async def test_a_version_in_force_never_changes(work: Work) -> None:
    model = read_plant(FOLDER)
    await apply(work, model, "setup")
    items = [
        item.model_copy(update={"stability": item.stability.model_copy(update={"citation": "another study"})})
        if item.stability
        else item
        for item in model.items
    ]
    with pytest.raises(ProfileVersionFrozen):
        await apply(work, replace(model, items=tuple(items)), "again")
