"""What a person should know beside the figures: how the file was taken, and where the policy and the file don't fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isotherm.evaluating.header import Unit
from isotherm.evaluating.judging import Evaluation
from isotherm.evaluating.rules import Changes
from isotherm.evaluating.words import duration
from mes.policies.reading import names


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence with places for its facts; the sentence is translated, the facts are not."""

    text: str
    facts: Mapping[str, object]

    def __str__(self) -> str:
        return self.text % self.facts


def notes(evaluation: Evaluation, changes: Changes, gone: tuple[str, ...], *, chosen: bool) -> Iterator[Note]:
    """In the order in which they matter."""
    policy = evaluation.policy
    if not chosen:
        yield Note("No policy was named: the profile %(policy)s is a starting point.", {"policy": policy.code})
    if changes.said:
        said = ", ".join(f"{name} {value}" for name, value in changes.said.items())
        yield Note("Changed on the command line: %(said)s.", {"said": said})
    if gone:
        yield Note("With other limits these rules no longer hold: %(gone)s.", {"gone": ", ".join(gone)})
    if policy.permissions is not None and not policy.permissions.manual_import and policy.code in names():
        yield Note("This policy forbids import by hand into the record; nothing enters a record here.", {})
    if any(check.confirm for check in evaluation.checks):
        yield Note("Figures of rules marked * have to be confirmed against the regulation's own text.", {})
    yield from _of_intervals(evaluation)
    yield from _of_the_file(evaluation)


def _of_intervals(evaluation: Evaluation) -> Iterator[Note]:
    stale_s = evaluation.policy.stale_s
    slow = [point.interval_s for point in evaluation.points if point.interval_s and point.interval_s > stale_s]
    if slow:
        facts = {"interval": duration(max(slow)), "stale": duration(stale_s), "advice": f"{3 * max(slow):.0f}s"}
        yield Note(
            "Readings come every %(interval)s but hold for %(stale)s only, so most of the time is unknown. If that is "
            "how the logger records, say --stale %(advice)s.",
            facts,
        )


def _of_the_file(evaluation: Evaluation) -> Iterator[Note]:
    account, layout = evaluation.readings.account, evaluation.readings.layout
    for column in layout.values:
        if column.unit is not Unit.CELSIUS:
            yield Note("%(column)s is not in °C and was converted.", {"column": column.name})
    if len(layout.values) > 1:
        columns = ", ".join(column.name for column in layout.values)
        yield Note("Each of these columns is a point: %(columns)s.", {"columns": columns})
    if account.twice:
        lines = {"n": len(account.twice), "first": account.twice[0], "last": account.twice[-1]}
        yield Note(
            "%(n)s lines (%(first)s to %(last)s) are of the hour that comes twice in autumn; their order decided.",
            lines,
        )
    if account.never:
        lines = {"n": len(account.never), "first": account.never[0], "last": account.never[-1]}
        yield Note(
            "%(n)s lines (%(first)s to %(last)s) are of an hour that never came in spring: this logger's clock may not "
            "be put forward. Then say its offset: --tz +01:00.",
            lines,
        )
    yield from _of_readings(evaluation)


def _of_readings(evaluation: Evaluation) -> Iterator[Note]:
    account = evaluation.readings.account
    if account.contradicting:
        yield Note(
            "%(n)s moments have readings that contradict each other: the one farthest out counts.",
            {"n": account.contradicting},
        )
    if account.beyond_range:
        yield Note(
            "%(n)s readings are beyond the logger's range (<, >): the end of the range is taken, the true value lies "
            "farther out.",
            {"n": account.beyond_range},
        )
    if evaluation.impossible:
        yield Note(
            "%(n)s readings are at absolute zero or below, which is no temperature: taken as readings without a value.",
            {"n": evaluation.impossible},
        )
    if account.unknown_qualities:
        yield Note(
            "%(n)s readings have a quality that is not known here: taken as uncertain.",
            {"n": account.unknown_qualities},
        )
