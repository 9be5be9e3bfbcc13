"""A bearing of a fan wears: from the first drift to a repair that another person verified, at the pages of a plant."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import Person
from tests.e2e.conftest import DEMO_PLANT, Demo, running, wait_for
from tests.e2e.desks import Desks, desks

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
MACHINE, FAN = "ahu-1", "hainan/filling/ahu-1"
CREW, SECOND = "maintenance", "engineer"
OVER = "40m"
"""Of the plant's time, which runs twenty times as fast: two minutes of the clock."""
BEARING = "BRG-6205"
FOUND = "Inner ring of the drive end pitted; both bearings changed and greased, shaft aligned."


@dataclass
class Repair:
    """The plant, its people, and what the story has come to."""

    demo: Demo
    desks: Desks
    facts: dict[str, int] = field(default_factory=dict)

    def machine(self) -> dict[str, Any]:
        """How the air handling unit stands, over the API."""
        fleet = self.demo.get("/api/machine-health")["items"]
        (found,) = [each for each in fleet if each["machine"] == FAN]
        return dict(found)

    def row(self, person: Person) -> Locator:
        person.go("/machine-health")
        return person.page.get_by_test_id("health-row").filter(has_text=FAN)

    def order(self, username: str) -> Person:
        person = self.desks.at(username)
        person.go(f"/maintenance/{self.facts['order']}")
        return person

    def stands(self, wanted: str) -> None:
        expect(self.desks.at(CREW).page.get_by_test_id("order-status")).to_have_attribute("data-status", wanted)


def watch_only_the_fan(demo: Demo) -> None:
    """The plant's engineer has no other machine watched, so that this one is known after a minute."""
    folder = shutil.copytree(DEMO_PLANT, demo.var / "plant", dirs_exist_ok=True)
    health = folder / "health.yaml"
    head, *machines = health.read_text("utf-8").split("  - equipment: ")
    (fan,) = [each for each in machines if each.startswith(f"filling/{MACHINE}\n")]
    health.write_text(f"{head}  - equipment: {fan}", "utf-8")
    applied = demo.command("plant", "apply", str(folder), "--yes", "--reason", "only the fan is watched")
    assert applied.returncode == 0, applied.stdout + applied.stderr


@pytest.fixture(scope="module")
def repair() -> Iterator[Repair]:
    with (
        tempfile.TemporaryDirectory(prefix="isotherm-wear-") as name,
        running(Path(name), "--scenario", "none") as demo,
        desks(lambda: demo.url, demo.password) as people,
    ):
        watch_only_the_fan(demo)
        yield Repair(demo, people)


def test_what_was_learned_from_healthy_weeks_finds_the_fan_well(repair: Repair) -> None:
    wait_for(lambda: repair.machine()["standing"] == "well", "the air handling unit to be known", 180)
    crew = repair.desks.at(CREW)
    expect(repair.row(crew)).to_have_attribute("data-standing", "well")
    expect(repair.row(crew)).to_contain_text("version 1")


def test_a_wearing_bearing_is_seen_as_drift_and_explained_by_its_signals(repair: Repair) -> None:
    begun = repair.demo.command("sim", "fault", MACHINE, "fan-wear", "--over", OVER)
    assert begun.returncode == 0, begun.stdout + begun.stderr
    wait_for(lambda: repair.machine()["standing"] == "drifting", "the drift to be seen", 180)
    crew = repair.desks.at(CREW)
    expect(repair.row(crew)).to_have_attribute("data-standing", "drifting")
    repair.row(crew).get_by_role("link", name="Air handling unit").click()
    wait_for(lambda: explained(crew) > 0, "an alert to name the vibration", 120)
    alert = crew.page.get_by_test_id("health-alert").filter(has_text="Fan vibration").first
    expect(alert).to_contain_text("usually")
    crew.picture("13-machine")


def explained(person: Person) -> int:
    """How many alerts of the machine that is on the screen name the signal that wears."""
    person.page.reload()
    return person.page.get_by_test_id("health-alert").filter(has_text="Fan vibration").count()


def test_one_order_is_open_with_the_evidence_and_is_taken(repair: Repair) -> None:
    crew = repair.desks.at(CREW)
    crew.page.get_by_test_id("health-alert").first.get_by_role("link", name="Maintenance order").click()
    crew.page.wait_for_url("**/maintenance/*")
    repair.facts["order"] = int(crew.page.url.rsplit("/", 1)[1])
    repair.stands("requested")
    expect(crew.page.locator("[data-testid=chart] canvas").first).to_be_visible()
    crew.picture("14-machine-order")
    for step, status in (("approve", "approved"), ("start", "in_progress")):
        shown(crew, step).click()
        repair.stands(status)


def test_the_repair_is_written_down_with_labour_parts_and_findings(repair: Repair) -> None:
    mended = repair.demo.command("sim", "fault", MACHINE, "fan-wear", "--clear")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    crew = repair.order(CREW)
    crew.page.get_by_text("Book a part").click()
    choice = crew.page.get_by_test_id("part-id")
    choice.select_option(label=choice.locator("option").filter(has_text=BEARING).inner_text())
    crew.click("part-book")
    expect(crew.page.get_by_test_id("message").first).to_contain_text("The part is booked.")
    expect(crew.page.get_by_test_id("order-parts")).to_contain_text(BEARING)
    done = shown(crew, "done")
    crew.write("order-findings", FOUND)
    for kind, code in (("problem", "noise"), ("cause", "wear"), ("remedy", "replaced")):
        crew.choose(f"order-{kind}", code)
    crew.write("order-labour-min", "90")
    done.click()
    repair.stands("done")
    expect(crew.page.get_by_test_id("labour")).to_contain_text("90 min")


def test_who_repaired_it_does_not_verify_it_and_another_person_signs(repair: Repair) -> None:
    crew = repair.order(CREW)
    verify(crew, repair.demo.password(CREW))
    expect(crew.page.get_by_test_id("message").first).to_be_visible()
    second = repair.order(SECOND)
    expect(second.page.get_by_test_id("order-status")).to_have_attribute("data-status", "done")
    verify(second, repair.demo.password(SECOND))
    expect(second.page.get_by_test_id("order-status")).to_have_attribute("data-status", "verified")
    second.picture("15-machine-verified")


def test_the_model_begins_anew_and_its_advice_is_confirmed(repair: Repair) -> None:
    wait_for(lambda: repair.machine()["standing"] == "well", "the fan to be well again", 120)
    crew = repair.order(CREW)
    crew.click("verdict-confirmed")
    expect(crew.page.get_by_test_id("verdict").locator("li").first).to_contain_text("It was so")
    repair.row(crew).get_by_role("link", name="Air handling unit").click()
    expect(crew.page.locator("#marked")).to_contain_text("MO-")
    expect(crew.page.get_by_test_id("health-alert").first).not_to_contain_text("still so")
    crew.picture("16-machine-well-again")
    machine = repair.machine()["equipment_id"]
    told = [each for each in repair.demo.get("/api/maintenance/orders")["items"] if each["alarm_id"]]
    assert [each["id"] for each in told if each["equipment_id"] == machine] == [repair.facts["order"]]


def shown(person: Person, step: str) -> Locator:
    """The button of a step, its form opened."""
    button = person.page.get_by_test_id(f"order-{step}")
    if not button.is_visible():
        person.click(f"order-open-{step}")
    return button


def verify(person: Person, password: str) -> None:
    button = shown(person, "verify")
    person.write("order-check-result", "Vibration 1.1 mm/s at full flow, current as before.")
    person.write("order-sign-reason", "seen running")
    person.write("order-sign-password", password)
    button.click()
