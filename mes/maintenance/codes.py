"""The words of a failure: what was wrong, why, and what helped. Data of the plant, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mes.maintenance.records import SQL
from telemetry.errors import Invalid
from telemetry.work import Work


class FailureCodeUnknown(Invalid):
    """The plant has no such failure code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCode:
    kind: str  # problem, cause, remedy
    code: str
    name_en: str
    name_zh: str


async def failure_codes(work: Work) -> dict[str, list[FailureCode]]:
    """By kind: the codes that are in use."""
    found: dict[str, list[FailureCode]] = {"problem": [], "cause": [], "remedy": []}
    for each in await work.all(SQL["failure_codes"], FailureCode):
        found[each.kind].append(each)
    return found


async def demand_codes(work: Work, said: Mapping[str, str]) -> None:
    """Raises FailureCodeUnknown for one that the plant doesn't have; `said`: problem_code, cause_code, remedy_code."""
    known = await failure_codes(work)
    for name, code in said.items():
        kind = name.removesuffix("_code")
        if code and code not in {each.code for each in known[kind]}:
            raise FailureCodeUnknown(kind=kind, code=code)
