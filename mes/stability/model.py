"""Rows of the stability slice, and how a lot's past is cut into times that are counted one by one.

Pure. A time that is counted (a bucket) is a quarter of an hour, or less where a lot was split or merged within it: so
what a part inherited is always a sum of whole buckets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from mes.inventory.lineage import RETURNED, Parentage
from models.interval import Interval
from models.stability import Profile
from telemetry.clock import to_us

BUCKET_US = 900_000_000
AWAY = 0
"""In place of a zone: outside the plant, where nobody of ours knows what it was exposed to."""
_PROFILE: TypeAdapter[Profile] = TypeAdapter(Profile)


class Kind(StrEnum):
    DRAW = "draw"  # time in a band, by readings; negative: late readings show that it was less
    INHERIT = "inherit"  # what the lots it was made of had drawn before
    CREDIT = "credit"  # QA gave it back, signed
    REVERSAL = "reversal"  # what was given back is drawn again


class Probe(StrEnum):
    AIR = "air"
    PRODUCT = "product"  # probes in product or in a buffer, where the place has any


def document_of(profile: Profile) -> dict[str, Any]:
    """A profile as JSON, as it is stored."""
    document: dict[str, Any] = _PROFILE.dump_python(profile, mode="json")
    return document


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptProfile:
    """One version of an item's profile. A newer version counts a lot's whole past anew."""

    id: int
    item_id: int
    version: int
    effective_from: datetime
    document: Mapping[str, Any]
    probe: Probe
    product_tau_s: float | None  # of the packed product; None: no virtual product probe is shown
    citation: str
    reason: str
    applied_by: str
    profile: Profile = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "probe", Probe(self.probe))
        object.__setattr__(self, "profile", _PROFILE.validate_python(dict(self.document)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the ledger."""

    id: int
    lot_id: int
    profile_id: int
    band: str
    kind: Kind
    amount_us: int
    bucket_from: datetime | None
    bucket_to: datetime | None
    zone_id: int | None
    parent_id: int | None
    cause: str
    reverses: int | None
    reason: str
    at: datetime
    actor: str
    signature_id: int | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))


class Stay(NamedTuple):
    """A lot stood in a zone; without an end it still does."""

    zone_id: int
    start_us: int
    end_us: int | None


class Slice(NamedTuple):
    """A time in which a lot, or its parts, stood in the same zones all along."""

    zone_ids: frozenset[int]
    interval: Interval


def away_stay(made: Parentage, stays: Sequence[Stay]) -> Stay | None:
    """The time in which goods that came back were away: no thermometer is believed for it, so the worst is charged.

    None: it was made in another way, or it is not known where it has stood since.
    """
    back_us = min((stay.start_us for stay in stays), default=None)
    if made.kind != RETURNED or back_us is None or to_us(made.at) >= back_us:
        return None
    return Stay(AWAY, to_us(made.at), back_us)


def buckets(start_us: int, end_us: int, cuts: Iterable[int]) -> list[Interval]:
    """[start, end) in quarters of an hour, cut at these moments too."""
    first = start_us // BUCKET_US + 1
    quarters = (n * BUCKET_US for n in range(first, -(-end_us // BUCKET_US)))
    edges = sorted({start_us, end_us, *quarters, *(cut for cut in cuts if start_us < cut < end_us)})
    return [Interval(a, b) for a, b in pairwise(edges)]


def bucket_start_us(at_us: int, start_us: int, cuts: Iterable[int]) -> int:
    """Where the bucket begins that this moment is in; nothing begins before `start_us`."""
    quarter = at_us // BUCKET_US * BUCKET_US
    return max([start_us, quarter, *(cut for cut in cuts if cut <= at_us)])


def slices(stays: Sequence[Stay], within: Interval) -> list[Slice]:
    """A time cut where a part of the lot came or went; time in which it stood nowhere is left out."""
    clipped = [
        (
            s.zone_id,
            max(s.start_us, within.start_us),
            within.end_us if s.end_us is None else min(s.end_us, within.end_us),
        )
        for s in stays
    ]
    there = [each for each in clipped if each[1] < each[2]]
    edges = sorted({edge for _, start, end in there for edge in (start, end)})
    found = [
        Slice(frozenset(z for z, start, end in there if start <= a and b <= end), Interval(a, b))
        for a, b in pairwise(edges)
    ]
    return [each for each in found if each.zone_ids]


def changed_from_us(counted: Iterable[Stay], now: Iterable[Stay]) -> int | None:
    """The earliest moment at which the stays differ from those that were counted; None: they don't."""
    were, are = set(counted), set(now)
    gone, new = were - are, are - were
    ends_of_gone = {(s.zone_id, s.start_us): s.end_us for s in gone}
    ends_of_new = {(s.zone_id, s.start_us): s.end_us for s in new}
    moments: list[int] = []
    for key in ends_of_gone.keys() | ends_of_new.keys():
        if key in ends_of_gone and key in ends_of_new:  # the same stay ends at another moment
            moments += [end for end in (ends_of_gone[key], ends_of_new[key]) if end is not None][:2]
        else:
            moments.append(key[1])
    return min(moments, default=None)
