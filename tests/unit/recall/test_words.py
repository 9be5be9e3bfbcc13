"""Everything that a recall can be is called something in both languages."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from dashboards import words
from dashboards.language import catalog
from mes.recall.accounts import Fate
from mes.recall.clocks import NOTIFY, PROGRESS
from mes.recall.model import RECALL, Kind, RecallClass, Status
from mes.recall.notices import Channel, Event
from mes.recall.reach import Origin, Stage

STEPS = {row.step for row in RECALL.table}


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("recall_kind", Kind),
        ("recall_class", RecallClass),
        ("recall_class_short", RecallClass),
        ("recall_status", Status),
        ("recall_step", STEPS | {"open", "extend"}),
        ("recall_hint", STEPS | {"apply_holds_mock"}),
        ("recall_stage", Stage),
        ("recall_origin", Origin),
        ("recall_fate", Fate),
        ("recall_event", Event),
        ("recall_channel", Channel),
        ("recall_clock", (NOTIFY, PROGRESS)),
    ],
)
def test_every_code_has_a_word_in_both_languages(kind: str, codes: Iterable[str]) -> None:
    known = words.WORDS[kind]
    assert {str(code) for code in codes} == known.keys()
    assert [code for code in known if catalog("zh").gettext(known[code]) == known[code]] == []


def test_every_guard_says_what_to_do_and_every_step_what_was_done() -> None:
    guards = {name for row in RECALL.table for name in row.guards}
    assert guards - words.GUARDS.keys() == set()
    assert {f"recall.{step}" for step in STEPS} - words.DONE.keys() == set()
    assert {words.act(f"recall.{step}", str) for step in STEPS} & {f"recall.{step}" for step in STEPS} == set()
