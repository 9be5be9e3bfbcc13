"""Who may do what: the plant's matrix of separated duties, as data that every signature is held against.

Rows are acts, columns roles; the order of the roles is the order in which a signature names one. Separate from it
stand the pairs that one person may not do both of on one record (GMP 2010 Art. 116, 21 CFR 11.10(g), Annex 16).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from mes.people.model import Role
from telemetry.errors import Conflict, Forbidden


class DutyNotHeld(Forbidden):
    """None of this person's roles may do this: the plant's matrix of duties says which may."""


class DutiesJoined(Conflict):
    """One person may not do both: somebody else must take this step."""


class Act(StrEnum):
    """What people do that the plant must be able to answer for."""

    PERFORM = "perform"  # executes a step and signs it
    VERIFY = "verify"  # a step that another person performed
    REVIEW_PRODUCTION = "review_production"  # of a batch record, before QA's
    OVERRIDE = "override"  # FEFO, over-issue
    VERIFY_RESULT = "verify_result"  # of the laboratory
    PLACE_HOLD = "place_hold"
    JUDGE = "judge"  # releases holds, disposes of lots, classifies and closes deviations
    JUDGE_LOT = "judge_lot"  # takes a lot out of quarantine (GMP 2010 Art. 107, 131), or rejects it
    CERTIFY = "certify"  # a batch, to be released
    SCOPE_RECALL = "scope_recall"  # how far a recall reaches (GMP 2010 Art. 293-296)
    CLOSE_RECALL = "close_recall"
    AUTHOR = "author"  # limits, models, master recipes, controlled documents
    APPROVE = "approve"  # what another person authored
    TRAIN = "train"  # teaches and assesses
    APPROVE_SUPPLIER = "approve_supplier"
    REVIEW_TRAIL = "review_trail"  # looks through the audit trail
    DO_MAINTENANCE = "do_maintenance"  # and sign for it, where its plan asks
    VERIFY_MAINTENANCE = "verify_maintenance"  # of a machine that another person repaired
    ADJUST_STOCK = "adjust_stock"  # after a count that differs
    EXPECT_GOODS = "expect_goods"  # takes over what was ordered, closes lines of it
    SHIP = "ship"  # plans, picks, loads, ships, takes back; keeps the list of customers
    SIGN_REPORT = "sign_report"
    READ = "read"  # a document, and understood it
    ADMINISTER = "administer"  # people, roles, keys


_SHOP_FLOOR = tuple(role for role in Role if role is not Role.ADMIN)

DUTIES: Mapping[Act, tuple[Role, ...]] = MappingProxyType(
    {
        Act.PERFORM: (Role.OPERATOR, Role.LEAD),
        Act.VERIFY: (Role.LEAD, Role.QC, Role.OPERATOR),
        Act.REVIEW_PRODUCTION: (Role.LEAD,),
        Act.OVERRIDE: (Role.LEAD, Role.QA),
        Act.VERIFY_RESULT: (Role.QC,),
        Act.PLACE_HOLD: _SHOP_FLOOR,
        Act.JUDGE: (Role.QA,),
        Act.JUDGE_LOT: (Role.QA, Role.QP),
        Act.CERTIFY: (Role.QP,),
        Act.SCOPE_RECALL: (Role.QA,),
        Act.CLOSE_RECALL: (Role.QP,),
        Act.AUTHOR: (Role.ENGINEER, Role.QA),
        Act.APPROVE: (Role.QA,),
        Act.TRAIN: (Role.LEAD, Role.QC, Role.QA, Role.ENGINEER),
        Act.APPROVE_SUPPLIER: (Role.QA,),
        Act.REVIEW_TRAIL: (Role.QA, Role.QP),
        Act.DO_MAINTENANCE: (Role.MAINTENANCE, Role.ENGINEER, Role.LEAD),
        Act.VERIFY_MAINTENANCE: (Role.LEAD, Role.MAINTENANCE, Role.ENGINEER),
        Act.ADJUST_STOCK: (Role.LEAD, Role.QA, Role.WAREHOUSE),
        Act.EXPECT_GOODS: (Role.WAREHOUSE, Role.LEAD, Role.ENGINEER),
        Act.SHIP: (Role.WAREHOUSE, Role.LEAD),
        Act.SIGN_REPORT: (Role.QA, Role.QP),
        Act.READ: tuple(Role),
        Act.ADMINISTER: (Role.ADMIN,),
    }
)

SEPARATED: Mapping[Act, frozenset[Act]] = MappingProxyType(
    {
        Act.VERIFY: frozenset({Act.PERFORM}),
        Act.REVIEW_PRODUCTION: frozenset({Act.PERFORM}),
        Act.CERTIFY: frozenset({Act.PERFORM, Act.VERIFY, Act.REVIEW_PRODUCTION}),
        Act.APPROVE: frozenset({Act.AUTHOR}),
        Act.REVIEW_TRAIL: frozenset({Act.PERFORM, Act.VERIFY}),
        Act.VERIFY_MAINTENANCE: frozenset({Act.DO_MAINTENANCE}),
    }
)
"""By act: whoever did one of these on the same record may not do it."""


def signers(act: Act) -> tuple[Role, ...]:
    """The roles that may sign an act, as `people.sign(roles=...)` takes them."""
    return DUTIES[act]


def demand_duty(caller_roles: Collection[str], act: Act) -> None:
    """Raises DutyNotHeld unless one of the roles may do it."""
    if not set(caller_roles) & set(DUTIES[act]):
        raise DutyNotHeld(act=act.value, needs=" | ".join(DUTIES[act]))


def demand_separation(person_id: int, act: Act, done: Mapping[Act, Collection[int | None]]) -> None:
    """Raises DutiesJoined where this person did an act on the record that must be another's; `done`: who did what."""
    both = sorted(other for other in SEPARATED.get(act, frozenset()) if person_id in done.get(other, ()))
    if both:
        raise DutiesJoined(act=act.value, did=" | ".join(both))
