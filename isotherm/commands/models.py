"""`isotherm models`: how well the models of machine health do, on public data and on a log of one's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from isotherm.evaluating.moments import Dates
from isotherm.evaluating.zones import zone_named
from isotherm.judging.files import DataSet
from isotherm.progress import console
from telemetry.errors import Invalid

app = typer.Typer(help="Models of machine health: how well they do.", no_args_is_help=True)

_EXAMPLES = """Examples:

  isotherm models evaluate --data datasets

  isotherm models evaluate --data datasets --set skab --set tep --json > figures.json

  isotherm models evaluate --csv freezer.csv

  isotherm models evaluate --csv pump.csv --commission 2 --tz Asia/Shanghai --json

--data: a folder with public sets of data, each in a folder of its own, with the names that their publishers gave the
files: skab/ (valve1, valve2, other), tep/ (d00_train.csv, d01_test.csv ...), nab/ (combined_windows.json), coldroom/
(rooms.csv.gz, labels.csv), cmapss/ (train_FD001.txt, with or without test_FD001.txt and RUL_FD001.txt), ims_bearing/,
ai4i2020/, lbnl_ahu/. What is not there is said. A set's own folder may be named, too.

How they are judged. Detectors learn from healthy rows only and have one rule for their thresholds, which sees no label;
only remaining life (cmapss) and kinds of failure (ai4i) are learned with labels, of other engines and rows.

Primary figures: how many events were found (an alert that begins within the event), how late, how long before the
product was out of its limit, and false alerts for each asset and day. An alert is an alarm that begins after an hour
without one of the same cause. Secondary: pooled F1, false alarm rate (far) and missed alarm rate (mar) over all rows,
for comparison with publications. No point adjustment.

Beside the model stand answers that know nothing: all ones, random at the same rate, the usual position of events, plain
limits with 0, 30 and 60 minutes of delay, and the same run with the model switched off. A model that doesn't stand
clear of them has learned nothing. How many configurations were tried before this one was chosen is said: some of them
were compared with labels in view, so that the figures flatter by a little.

--csv: any log with a column `time` and one or more columns of signals. One temperature goes to the cold-room monitor,
several signals to the models of how signals move together and of each one's level. The first days are taken as healthy
and learned from; after them each alert is told with its time, its cause, and the signals that have most to do with it.

Exit code: 0 judged, 1 a set that is there could not be judged, 2 nothing was found or the file can't be used."""


class OneOfTheTwo(Invalid):
    """Name either a folder of public sets (--data) or a log of your own (--csv)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How a log is to be taken."""

    tz: str | None
    dates: Dates | None
    encoding: str | None
    commission: float | None
    limit: float | None


@app.callback()
def models() -> None:
    """Models of machine health: how well they do."""


@app.command()
def evaluate(
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder with public sets of data.")] = None,
    only: Annotated[
        list[DataSet] | None, typer.Option("--set", help="Judge only this set; may be given several times.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of everything random: the same gives the same figures.")] = 1,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A log of your own, or - for standard input.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")] = False,
    commission: Annotated[
        float | None, typer.Option(metavar="DAYS", help="Learn from so many first days of the log.")
    ] = None,
    limit: Annotated[
        float | None, typer.Option(metavar="°C", help="Upper limit of a room with one temperature.")
    ] = None,
    tz: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Where times have no offset: Asia/Shanghai, +08:00.")
    ] = None,
    dates: Annotated[Dates | None, typer.Option(help="Order of day and month, where the log doesn't tell.")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of the log, where it is not recognised: gb18030, cp1252.")
    ] = None,
) -> None:
    """Judge the models on public data, or let them judge a log of your own."""
    console.stderr = True  # progress and errors; the answer alone goes to standard output
    if (data is None) == (csv is None):
        raise OneOfTheTwo
    if data is not None:
        _sets(data, only or [], seed, as_json=as_json)
    elif csv is not None:
        taken = Taken(tz, dates, encoding, commission, limit)
        _log(csv, taken, as_json=as_json)


def _sets(data: Path, only: list[DataSet], seed: int, *, as_json: bool) -> None:
    from isotherm.judging import running, table

    judged = running.judge_all(data, only, seed=seed)
    if as_json:
        typer.echo(json.dumps(running.as_json(judged), indent=1, ensure_ascii=False))
    else:
        table.show(judged)
    if judged.failed:
        raise typer.Exit(1)


def _log(file: Path, taken: Taken, *, as_json: bool) -> None:
    from isotherm.judging.logs import judging, reading, table

    zone = zone_named(taken.tz) if taken.tz else None
    log = reading.read_log(file, encoding=taken.encoding, zone=zone, dates=taken.dates)
    judged = judging.judge_log(log, str(file), days=taken.commission, limit_c=taken.limit)
    if as_json:
        typer.echo(json.dumps(judging.as_json(judged), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        table.show(judged, zone)


evaluate.__doc__ = f"{evaluate.__doc__}\n\n{_EXAMPLES}"
