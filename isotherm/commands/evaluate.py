"""`isotherm evaluate`: what a policy says of a logger's file. No database, no folder: a file in, an answer out."""

from __future__ import annotations

from datetime import UTC, tzinfo
from pathlib import Path
from typing import Annotated

import typer

from isotherm.evaluating.judging import Evaluation
from isotherm.evaluating.judging import evaluate as judge
from isotherm.evaluating.moments import Dates
from isotherm.evaluating.notes import Note, notes
from isotherm.evaluating.reading import read_file
from isotherm.evaluating.rules import DEFAULT, Changes, changed, policy_of
from isotherm.evaluating.source import Source
from isotherm.evaluating.zones import zone_named
from isotherm.progress import console

_EXAMPLES = """Examples:

  isotherm evaluate fridge.csv

  isotherm evaluate fridge.csv --policy usp_cct --json

  isotherm evaluate truck.txt --policy gsp_cn --tz Asia/Shanghai --pdf truck.pdf

  isotherm evaluate export.csv --low 2 --high 8 --delay 30m --deadband 0.5 --stale 15m

  zcat loggers.csv.gz | isotherm evaluate - --policy site.yaml --tz +01:00 --dates dmy

The file: lines of text with a header that names `time` and `value`, optionally `point` and `quality`; other columns are
ignored. Semicolons, tabs, decimal commas, UTF-16, GBK, lines before the header, date and time in two columns, common
names of columns (Temperature (°C), 温度, Zeit) and packed files (.gz) are recognised.

An episode begins at the first reading out of limits (strictly, after rounding to the policy's resolution) and ends at
the first one inside the deadband. A reading holds until the next, --stale at most; what is unknown stays in the episode
and is told apart. All is judged as at the file's last row: there an episode may be open, and a point that stopped
earlier is stale. Completeness is the share of the time from a point's first reading to that row in which a reading
held. Mean kinetic temperature weighs each reading by the time that it held.

The verdict is advice: `pass`, or `escalate` to somebody who decides with the product's stability data.

Exit code: 0 evaluated, 2 the file or the policy can't be used; with --strict also 1 where the verdict is `escalate`
or a line could not be read."""


def _known(language: str) -> str:
    if language not in {"en", "zh"}:
        raise typer.BadParameter("en or zh")
    return language


Language = Annotated[str, typer.Option(metavar="en|zh", help="Of the PDF.", callback=_known)]
Limit = Annotated[
    str | None, typer.Option(metavar="°C", help="Instead of the policy's limit on this side; none: no limit.")
]


def evaluate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The logger's file, or - for standard input.")],
    policy: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help=f"A policy by name or a policy file. [default: {DEFAULT}]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")] = False,
    pdf: Annotated[Path | None, typer.Option(metavar="OUT", help="Write a report as PDF.")] = None,
    language: Language = "en",
    tz: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Where times have no offset: Asia/Shanghai, +08:00.")
    ] = None,
    dates: Annotated[Dates | None, typer.Option(help="Order of day and month, where the file doesn't tell.")] = None,
    low: Limit = None,
    high: Limit = None,
    delay: Annotated[
        str | None, typer.Option(metavar="TIME", help="Out for so long raises the alarm: 30m, 1h30m.")
    ] = None,
    deadband: Annotated[
        float | None, typer.Option(metavar="°C", help="So far inside the limit ends an episode.")
    ] = None,
    stale: Annotated[str | None, typer.Option(metavar="TIME", help="A reading holds for so long at most: 15m.")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of the file, where it is not recognised: gb18030, cp1252.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where the verdict is `escalate`.")] = False,
) -> None:
    """Evaluate a logger's file against a policy: excursions, silences, mean kinetic temperature, checks."""
    console.stderr = True  # errors; the answer alone goes to standard output
    changes = Changes(low=low, high=high, delay=delay, deadband=deadband, stale=stale)
    rules, gone = changed(policy_of(policy), changes)
    zone: tzinfo | None = zone_named(tz) if tz else None
    evaluation = judge(read_file(Source.of(file, encoding), zone=zone, dates=dates), rules)
    told = tuple(notes(evaluation, changes, gone, chosen=policy is not None))
    if pdf is not None:
        from isotherm.evaluating.document import pdf_of

        pdf.write_bytes(pdf_of(evaluation, str(file), told, changes, language, zone or UTC))
    _tell(evaluation, str(file), changes, told, as_json=as_json)
    if strict and (not evaluation.passes or evaluation.readings.account.unreadable):
        raise typer.Exit(1)


def _tell(evaluation: Evaluation, file: str, changes: Changes, told: tuple[Note, ...], *, as_json: bool) -> None:
    """On standard output, for programs or for people."""
    if as_json:
        from isotherm.evaluating.told import written

        typer.get_text_stream("stdout", encoding="utf-8").writelines(written(evaluation, file, changes, told))
    else:
        from isotherm.evaluating.table import show

        show(evaluation, file, told)


evaluate.__doc__ = f"{evaluate.__doc__}\n\n{_EXAMPLES}"
