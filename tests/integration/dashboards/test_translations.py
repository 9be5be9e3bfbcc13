"""Everything a person reads is there in Chinese: templates, words for codes, and every refusal the program knows."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import dashboards
import dashboards.app
import gateway
import mes
import models
import telemetry
from dashboards import message, words
from dashboards.language import CATALOGS, catalog, chinese
from dashboards.reports.causes import Cause as GapCause
from isotherm.qualifying.answers import Part
from mes.alarms.model import MACHINE as ALARM
from mes.alarms.model import Act, Cause, Kind, Priority, State, Suppression
from mes.alarms.silencing import SILENCE
from mes.inventory.model import QualityStatus, Unusable
from mes.inventory.service import QUALITY
from mes.maintenance.model import MACHINE as ORDER
from mes.maintenance.model import FailureMode, Status
from mes.mapping.due import Why
from mes.mapping.model import MACHINE as MAPPING
from mes.mapping.model import Status as StudyStatus
from mes.notifications.model import Channel
from mes.people.model import Meaning, Role
from mes.quality.model import Condition, DeviationStatus, Disposition, ExcursionStatus, Severity
from mes.quality.states import DEVIATION, EXCURSION
from mes.recipes.mistakes import ALLOWED, MEANT, NOTHING, TEXTS
from mes.sensors.model import Standing
from mes.trips.model import MACHINE as TRIP
from mes.trips.model import Direction
from mes.trips.model import Status as TripStatus
from models.policy import Level
from telemetry.quality import Quality
from telemetry.wire import LANES, REASONS

FOLDER = Path(dashboards.app.__file__).parent
TEMPLATES = ("templates/**.html", "jinja2.ext:babel_extract")
METHODS = [("**.py", "python"), TEMPLATES]
NEAR = ("mes.", "gateway.", "dashboards.", "telemetry.", "models.")
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def extracted(*methods: tuple[str, str]) -> set[str]:
    """Every text that stands in the source; the singular where there are two."""
    found = extract_from_dir(
        str(FOLDER), methods, keywords=KEYWORDS, directory_filter=lambda folder: "node_modules" not in folder
    )
    return {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}


def written() -> set[str]:
    """Every text that pages show."""
    return extracted(*METHODS) | set(_every_refusal().values()) | {*TEXTS.values(), ALLOWED, MEANT, NOTHING}


def _every_refusal() -> dict[str, str]:
    """Code and sentence of every error that can reach a page; migrations run where nobody looks."""
    for package in (mes, models, gateway, telemetry, dashboards):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    message.titles.cache_clear()
    near = {
        kind.__name__
        for kind in message.kinds()
        if kind.__module__.startswith(NEAR) and "migrate" not in kind.__module__
    }
    return {code: title for code, title in message.titles().items() if code in near}


def test_every_text_is_translated() -> None:
    translated = {(m.id if isinstance(m.id, str) else m.id[0]) for m in chinese() if m.string}
    assert sorted(written() - translated) == []


def test_placeholders_survive_translation() -> None:
    assert [m.id for m in chinese() if list(m.check())] == []


def test_a_percent_sign_in_a_template_stops_no_page() -> None:
    """Jinja puts values into every text of a template, so that a bare % is an error: it is written %%."""

    class Anything(dict[str, object]):
        def __missing__(self, name: str) -> int:
            return 1

    texts = extracted(TEMPLATES)
    for each in texts | {catalog("zh").gettext(text) for text in texts}:
        assert each % Anything(), each


def test_a_text_is_translated_alike_wherever_it_stands() -> None:
    known: dict[str, str] = {}
    for path in sorted(CATALOGS.glob("*.po")):
        with path.open("rb") as file:
            for each in read_po(file, locale="zh_CN"):
                if isinstance(each.id, str) and each.id:
                    assert known.setdefault(each.id, str(each.string)) == each.string, (path.name, each.id)


def test_every_guard_says_what_to_do() -> None:
    machines = (ALARM, SILENCE, ORDER, QUALITY, EXCURSION, DEVIATION, TRIP, MAPPING)
    guards = {name for machine in machines for row in machine.table for name in row.guards}
    assert sorted(guards - words.GUARDS.keys()) == []


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("priority", Priority),
        ("alarm_state", State),
        ("alarm_kind", Kind),
        ("alarm_act", Act),
        ("alarm_cause", Cause),
        ("suppression", Suppression),
        ("channel", Channel),
        ("condition", Condition),
        ("excursion_status", ExcursionStatus),
        ("deviation_status", DeviationStatus),
        ("severity", Severity),
        ("disposition", Disposition),
        ("level", Level),
        ("quality_status", QualityStatus),
        ("unusable", Unusable),
        ("order_status", Status),
        ("failure_mode", FailureMode),
        ("meaning", Meaning),
        ("role", Role),
        ("quality", [quality.value for quality in Quality]),
        ("lane", LANES),
        ("gap_reason", REASONS),
        ("trip_status", TripStatus),
        ("trip_direction", Direction),
        ("trip_step", {row.step for row in TRIP.table} - {"reopen"}),
        ("trip_hint", {row.step for row in TRIP.table} - {"reopen"}),
        ("trip_check", {"no_excursion", "complete", "recording", "recording_out", "refresh"}),
        ("trip_calibration", Standing),
        ("study_status", StudyStatus),
        ("mapping_why", Why),
        ("qualified", Part),
        ("report_gap", GapCause),
        ("order_step", {row.step for row in ORDER.table}),
        ("deviation_step", {row.step for row in DEVIATION.table}),
        ("order_hint", {row.step for row in ORDER.table}),
        ("deviation_hint", {row.step for row in DEVIATION.table}),
    ],
)
def test_every_code_has_a_word(kind: str, codes: list[str]) -> None:
    assert {str(code) for code in codes} - words.WORDS[kind].keys() == set()


def test_a_number_of_lots_is_right_in_both_languages() -> None:
    one, many = "%(num)s lot", "%(num)s lots"
    assert catalog("en").ngettext(one, many, 1) == one
    assert catalog("zh").ngettext(one, many, 1) == catalog("zh").ngettext(one, many, 5) == "%(num)s 个批次"
