"""`isotherm models`: how well the models of machine health do, on public data and on a log of one's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotherm.evaluating.moments import Dates
from isotherm.evaluating.zones import zone_named
from isotherm.judging.files import DataSet
from isotherm.progress import console
from telemetry.errors import Invalid

if TYPE_CHECKING:
    from isotherm.judging.running import Judged

app = typer.Typer(help="Models of machine health: how well they do.", no_args_is_help=True)

_EXAMPLES = """Examples:

  isotherm models evaluate --data datasets

  isotherm models evaluate --data datasets --set skab --set tep --json > figures.json

  isotherm models evaluate --simulate --rooms 60 --days 14 --physics cooler

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

--simulate: cold rooms with ten kinds of faults, healthy for the first seven days, several seeds of each kind of room:
means, and from which seed to which. Freezers are what rules were written on, with other seeds; coolers, reach-ins and
trucks are the final check and had no part in any choice.

--csv: any log with a column `time` and one or more columns of signals. One temperature goes to the cold-room monitor,
several signals to the models of how signals move together and of each one's level. The first days are taken as healthy
and learned from; after them each alert is told with its time, its cause, and the signals that have most to do with it.

Exit code: 0 judged, 1 a set that is there could not be judged, 2 nothing was found or the file can't be used."""


class OneOfTheThree(Invalid):
    """Name a folder of public sets (--data), a log of your own (--csv), or simulated rooms (--simulate)."""


class OnlySimulated(Invalid):
    """These options say how rooms are simulated; they need --simulate."""


class NotSimulated(Invalid):
    """Only cold rooms are simulated: --set coldroom."""


class Kind(StrEnum):
    """Kinds of simulated rooms."""

    FREEZER = "freezer"  # those that rules were written on
    COOLER = "cooler"  # +5 °C
    REACH_IN = "reach_in"  # small, opened often
    TRUCK = "truck"  # long openings, hot days
    LABORATORY = "laboratory"  # long and rare defrosts


USUAL = (Kind.FREEZER, Kind.COOLER, Kind.REACH_IN, Kind.TRUCK)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be simulated; None: as usual."""

    rooms: int | None
    days: int | None
    seed: int
    seeds: int | None
    physics: list[Kind] | None


@dataclass(frozen=True, slots=True)
class Taken:
    """How a log is to be taken."""

    tz: str | None
    dates: Dates | None
    encoding: str | None
    commission: float | None
    limit: float | None


DataFolder = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Folder with public sets of data.")]
Only = Annotated[list[DataSet] | None, typer.Option("--set", help="Judge only this set; may be given several times.")]
Seed = Annotated[int, typer.Option(metavar="N", help="Of everything random: the same gives the same figures.")]
LogFile = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="A log of your own, or - for standard input.")
]
Simulate = Annotated[bool, typer.Option("--simulate", help="Judge simulated cold rooms with faults.")]
Rooms = Annotated[int | None, typer.Option(metavar="N", help="Simulated rooms of each run: 100 unless said.")]
Days = Annotated[int | None, typer.Option(metavar="N", help="Simulated days, the first seven healthy: 14 unless said.")]
Seeds = Annotated[int | None, typer.Option(metavar="N", help="Runs with --seed and the seeds after it: 3 unless said.")]
Physics = Annotated[list[Kind] | None, typer.Option(help="Kinds of rooms: all but the laboratory's unless said.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Commission = Annotated[float | None, typer.Option(metavar="DAYS", help="Learn from so many first days of the log.")]
Limit = Annotated[float | None, typer.Option(metavar="°C", help="Upper limit of a room with one temperature.")]
Zone = Annotated[str | None, typer.Option(metavar="ZONE", help="Where times have no offset: Asia/Shanghai, +08:00.")]
Encoding = Annotated[str | None, typer.Option(help="Of the log, where it is not recognised: gb18030, cp1252.")]


@app.callback()
def models() -> None:
    """Models of machine health: how well they do."""


@app.command()
def evaluate(
    data: DataFolder = None,
    only: Only = None,
    seed: Seed = 1,
    csv: LogFile = None,
    simulate: Simulate = False,
    rooms: Rooms = None,
    days: Days = None,
    seeds: Seeds = None,
    physics: Physics = None,
    as_json: Json = False,
    commission: Commission = None,
    limit: Limit = None,
    tz: Zone = None,
    dates: Annotated[Dates | None, typer.Option(help="Order of day and month, where the log doesn't tell.")] = None,
    encoding: Encoding = None,
) -> None:
    """Judge the models on public data or on simulated rooms, or let them judge a log of your own."""
    console.stderr = True  # progress and errors; the answer alone goes to standard output
    if (data is not None) + (csv is not None) + simulate != 1:
        raise OneOfTheThree
    told = {"--rooms": rooms, "--days": days, "--seeds": seeds, "--physics": physics}
    if not simulate and (needless := [name for name, value in told.items() if value]):
        raise OnlySimulated(options=needless)
    if data is not None:
        _sets(data, only or [], seed, as_json=as_json)
    elif csv is not None:
        _log(csv, Taken(tz, dates, encoding, commission, limit), as_json=as_json)
    else:
        _simulated(only or [], Asked(rooms, days, seed, seeds, physics), as_json=as_json)


def _simulated(only: list[DataSet], asked: Asked, *, as_json: bool) -> None:
    from isotherm.judging import simulating

    if set(only) - {DataSet.COLDROOM}:
        raise NotSimulated(sets=[each.value for each in only])
    kinds = tuple(each.value for each in asked.physics or USUAL)
    wanted = simulating.Wanted(asked.rooms or 100, asked.days or 14, asked.seed, asked.seeds or 3, kinds)
    _tell(simulating.judge_seeds(wanted), as_json=as_json)


def _sets(data: Path, only: list[DataSet], seed: int, *, as_json: bool) -> None:
    from isotherm.judging import running

    judged = running.judge_all(data, only, seed=seed)
    _tell(judged, as_json=as_json)
    if judged.failed:
        raise typer.Exit(1)


def _tell(judged: Judged, *, as_json: bool) -> None:
    from isotherm.judging import running, table

    if as_json:
        typer.echo(json.dumps(running.as_json(judged), indent=1, ensure_ascii=False))
    else:
        table.show(judged)


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
