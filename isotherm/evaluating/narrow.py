"""Parts of an evaluation in a narrow terminal: what would be a row of a wide table is a few lines below each other."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from isotherm.evaluating.course import Check, iso
from isotherm.evaluating.judging import Evaluation
from isotherm.evaluating.words import degrees, duration, figures
from models.limits import Episode
from models.policy import Level

WIDTH = 120
"""Columns from which on a terminal is wide."""
SHOWN = 20
"""Rows of a table; the JSON has all."""
_INDENT = (0, 0, 0, 2)


def episodes(evaluation: Evaluation, level: Level) -> RenderableType:
    """Times out of limits: when, how far, for how long."""
    found = evaluation.episodes[level]
    parts: list[RenderableType] = [Text(f"{level.value}: {len(found)} out of limits", "italic")]
    for point, episode in found[:SHOWN]:
        parts.append(_when(point, episode))
        parts.append(Padding(_how_long(episode), _INDENT))
    if len(found) > SHOWN:
        parts.append(Text(f"and {len(found) - SHOWN} more"))
    return Group(*parts)


def _when(point: str | None, episode: Episode) -> Text:
    end = "still out" if episode.end_us is None else f"to {iso(episode.end_us)}"
    said = f"{episode.side.value} {iso(episode.start_us)} {end}, peak {degrees(episode.peak)} °C"
    return Text(f"{point} {said}" if point else said)


def _how_long(episode: Episode) -> Text:
    raised = "no alarm" if episode.raised_us is None else f"alarm {iso(episode.raised_us)}"
    told = [f"known {duration(episode.known_s)}"]
    if episode.unknown_s:
        told.append(f"unknown {duration(episode.unknown_s)}, worst case {duration(episode.worst_case_s)}")
    return Text(f"{', '.join(told)}; {raised}", "dim")


def checks(found: Iterable[Check]) -> RenderableType:
    """Each check with its verdict, its figures and where it is written."""
    parts: list[RenderableType] = [Text("checks", "italic")]
    for check in found:
        parts.append(Text.assemble(f"{check.rule.value}: ", verdict(check)))
        parts.append(Padding(Text(figures(check)), _INDENT))
        if check.citation:
            parts.append(Padding(Text(check.citation + "*" * check.confirm, "dim"), _INDENT))
    return Group(*parts)


def verdict(check: Check) -> Text:
    """In its colour."""
    style = "green" if check.passed else "yellow" if check.advisory else "red"
    return Text(check.verdict.value + (" (told only)" if check.advisory else ""), style)
