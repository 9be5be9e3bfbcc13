"""An evaluation as PDF, from the same template and style as the plant's reports; made where no plant is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from pathlib import PurePath

import numpy as np

from dashboards import charts
from dashboards.reports.printing import to_pdf
from dashboards.reports.sheet import Sheet, digest_of
from isotherm.evaluating.judging import Evaluation, Point
from isotherm.evaluating.notes import Note
from isotherm.evaluating.rules import Changes
from isotherm.evaluating.told import as_json
from isotherm.evaluating.words import QUESTIONS, degrees, share
from models.gaps import STILL
from models.interval import Interval
from models.policy import Level
from telemetry.clock import SystemClock, from_us

_PARTS = 600  # of the time, in a curve
_CURVES = 12  # points that are drawn
_ROWS = 200  # of a table; the document says how many more there are


def pdf_of(
    evaluation: Evaluation, file: str, notes: Sequence[Note], changes: Changes, language: str, zone: tzinfo
) -> bytes:
    """The report. Raises PrintingLibrariesMissing."""
    silences = [
        (point, from_us(start), None if end == STILL else from_us(end))
        for point in evaluation.points
        for start, end in zip(
            point.silent_from_us[:_ROWS].tolist(), point.silent_until_us[:_ROWS].tolist(), strict=True
        )
    ]
    view = {
        "sheet": _sheet(evaluation, file, notes, changes),
        "zone": zone,
        "policy": evaluation.policy,
        "evaluation": evaluation,
        "account": evaluation.readings.account,
        "levels": [(level, evaluation.episodes.get(level, ())) for level in (Level.ALARM, Level.CRITICAL, Level.WARN)],
        "silences": silences[:_ROWS],
        "silent": sum(len(point.silent_from_us) for point in evaluation.points),
        "curves": [(point, _curve(evaluation, point, zone)) for point in evaluation.points[:_CURVES]],
        "notes": notes,
        "questions": QUESTIONS,
        "rows": _ROWS,
        "at": from_us,
        "degrees": degrees,
        "share": share,
    }
    return to_pdf("reports/evaluate.html", language, view)


def _sheet(evaluation: Evaluation, file: str, notes: Sequence[Note], changes: Changes) -> Sheet:
    content = as_json(evaluation, file, changes, notes)
    content["stale"] = list(content["stale"])
    name = PurePath(file).name
    begin_us = int(evaluation.readings.columns.time_us.min())
    return Sheet(
        title="Evaluation of a logger's file",
        subject_en=name,
        subject_zh=name,
        period=(from_us(begin_us), from_us(evaluation.until_us)),
        made_at=SystemClock().now(),
        data_sha256=digest_of(content),
    )


def _curve(evaluation: Evaluation, point: Point, zone: tzinfo) -> charts.Chart | None:
    alarm = evaluation.policy.limits(Level.ALARM)
    window = Interval(point.first_us, evaluation.until_us)
    offset = from_us(point.first_us).astimezone(zone).utcoffset()
    ends = np.minimum(point.silent_until_us, evaluation.until_us).tolist()
    return charts.draw(
        [_course(evaluation, point, window)],
        window,
        limits=[value for limit in alarm for value in (limit.low, limit.high) if value is not None],
        out=[
            Interval(episode.start_us, episode.end_us or evaluation.until_us)
            for name, episode in evaluation.episodes.get(Level.ALARM, ())
            if name == point.name
        ],
        unknown=list(map(Interval, point.silent_from_us.tolist(), ends)),
        offset_us=round(offset.total_seconds() * 1e6) if offset else 0,
    )


def _course(evaluation: Evaluation, point: Point, window: Interval) -> charts.Course:
    """Lowest, mean and highest of each part of the time, or the readings themselves where they are few."""
    readings = evaluation.readings.of(evaluation.readings.names.index(point.name))
    known = ~np.isnan(readings.value)
    time, value = readings.time_us[known], readings.value[known]
    if len(time) > 2 * _PARTS:
        part = (time - window.start_us) * _PARTS // max(window.length_us, 1)
        first = np.flatnonzero(np.append(True, part[1:] != part[:-1]))
        counts = np.diff(np.append(first, len(time)))
        low, high = np.minimum.reduceat(value, first), np.maximum.reduceat(value, first)
        mean, time = np.add.reduceat(value, first) / counts, time[first]
    else:
        low = mean = high = value
    length_us = window.length_us // _PARTS if len(value) > 2 * _PARTS else 0
    name = point.name or ""
    return charts.Course(
        name_en=name,
        name_zh=name,
        time_us=time.tolist(),
        low=low.tolist(),
        mean=mean.tolist(),
        high=high.tolist(),
        hold_us=length_us + round(evaluation.policy.stale_s * 1e6),
    )
