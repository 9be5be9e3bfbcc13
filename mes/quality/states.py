"""What may happen to an excursion and to a deviation, and what must be true before (ICH Q9 in small; spec by GMP)."""

from __future__ import annotations

from dataclasses import dataclass

from mes.quality.model import DeviationStatus as D
from mes.quality.model import ExcursionStatus as E
from mes.quality.model import Severity
from mes.transitions import StateMachine, Transition

QA = frozenset({"qa"})
_OPEN, _ASSESSED = frozenset({E.OPEN}), frozenset({E.OPEN, E.UNDER_ASSESSMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionFacts:
    """What the guards of an excursion look at."""

    is_cleared: bool = False
    undecided: frozenset[int] = frozenset()  # lots exposed that have no decision
    strangers: frozenset[int] = frozenset()  # lots decided upon that were not exposed
    every_decision_has_a_reason: bool = True
    evidence_text: str = ""
    is_silent: bool = False  # every probe that is still out has fallen silent, or is no longer in the plant
    is_as_shown: bool = True  # the assessment still says what the person saw
    deviation_is_over: bool = False


def _is_as_shown(f: ExcursionFacts) -> bool:
    return f.is_as_shown


EXCURSION: StateMachine[ExcursionFacts] = StateMachine(
    "excursion",
    (
        # QA may know before it is over.
        Transition("acknowledge", _OPEN, E.UNDER_ASSESSMENT, roles=QA),
        # From `open` it acknowledges by the same signature.
        Transition(
            "disposition",
            _ASSESSED,
            E.DISPOSITIONED,
            {
                "condition_is_cleared": lambda f: f.is_cleared,
                "every_lot_has_a_disposition": lambda f: not f.undecided,
                "only_exposed_lots_are_judged": lambda f: not f.strangers,
                "every_disposition_has_a_reason": lambda f: f.every_decision_has_a_reason,
                "assessment_is_as_shown": _is_as_shown,
            },
            signed=True,
            roles=QA,
        ),
        Transition(
            "false_alarm",
            _ASSESSED,
            E.FALSE_ALARM,
            {
                "condition_is_cleared": lambda f: f.is_cleared,
                "evidence_given": lambda f: bool(f.evidence_text.strip()),
                "assessment_is_as_shown": _is_as_shown,
            },
            signed=True,
            roles=QA,
        ),
        # A probe that will never speak again would keep it open for ever: ended by QA, with the worst case.
        Transition(
            "sensor_lost",
            _ASSESSED,
            E.UNDER_ASSESSMENT,
            {
                "condition_is_active": lambda f: not f.is_cleared,
                "probe_is_silent": lambda f: f.is_silent,
                "reason_given": lambda f: bool(f.evidence_text.strip()),
            },
            signed=True,
            roles=QA,
        ),
        Transition(
            "close", frozenset({E.DISPOSITIONED}), E.CLOSED, {"deviation_is_closed": lambda f: f.deviation_is_over}
        ),
        # Late readings changed what was signed: everything is asked again.
        Transition("reopen", frozenset({E.DISPOSITIONED, E.CLOSED, E.FALSE_ALARM}), E.OPEN),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationFacts:
    """What the guards of a deviation look at."""

    severity: Severity | None = None
    description: str = ""
    root_cause: str = ""
    other_batches: str = ""
    note: str = ""  # justification, report, reason: whatever the step asks for in words
    occurred_late: bool = False  # it is reported later than a day after it happened
    investigation: str = ""
    departments: int = 0
    extra_tests: str = ""
    capas: int = 0
    no_capa_why: str = ""
    lots_are_decided: bool = False  # its excursion is judged, or it has none; and so are the lots that it names
    excursion_is_false_alarm: bool = False  # or it has none
    signer_reported_it: bool = False


def _told(f: DeviationFacts) -> bool:
    return bool(f.note.strip())


def _lots(f: DeviationFacts) -> bool:
    return f.lots_are_decided


def _is_not_the_reporter(f: DeviationFacts) -> bool:
    return not f.signer_reported_it


def _is_minor(f: DeviationFacts) -> bool:
    return f.severity is Severity.MINOR


def _capa_or_why_not(f: DeviationFacts) -> bool:
    return _is_minor(f) or f.capas > 0 or bool(f.no_capa_why.strip())


_NOT_OVER = frozenset({D.DRAFT, D.REPORTED, D.CLASSIFIED, D.INVESTIGATING, D.QA_REVIEW})

DEVIATION: StateMachine[DeviationFacts] = StateMachine(
    "deviation",
    (
        Transition(
            "report",
            frozenset({D.DRAFT}),
            D.REPORTED,
            {
                "description_given": lambda f: bool(f.description.strip()),
                "lateness_explained": lambda f: not f.occurred_late or _told(f),
            },
        ),
        # What the watch drafted it has reported as well: QA may classify it at once.
        Transition(
            "classify",
            frozenset({D.DRAFT, D.REPORTED, D.CLASSIFIED}),
            D.CLASSIFIED,
            {"severity_given": lambda f: f.severity is not None},
            roles=QA,
        ),
        Transition("investigate", frozenset({D.CLASSIFIED}), D.INVESTIGATING, roles=QA),
        Transition(
            "submit",
            frozenset({D.INVESTIGATING}),
            D.QA_REVIEW,
            {
                "root_cause_given": lambda f: bool(f.root_cause.strip()),
                "other_batches_answered": lambda f: bool(f.other_batches.strip()),
                "departments_reported": lambda f: _is_minor(f) or (bool(f.investigation.strip()) and f.departments > 1),
                "extra_tests_answered": lambda f: _is_minor(f) or bool(f.extra_tests.strip()),
            },
        ),
        # A minor one may go without an investigation: the signature's reason is its justification.
        Transition(
            "close",
            frozenset({D.CLASSIFIED}),
            D.CLOSED,
            {
                "severity_is_minor_or_investigated": lambda f: f.severity is Severity.MINOR,
                "root_cause_given": lambda f: f.severity is Severity.MINOR or bool(f.root_cause.strip()),
                "lots_have_dispositions": _lots,
                "justification_given": _told,
                "signer_is_not_the_reporter": _is_not_the_reporter,
            },
            signed=True,
            roles=QA,
        ),
        Transition(
            "close",
            frozenset({D.QA_REVIEW}),
            D.CLOSED,
            {
                "root_cause_given": lambda f: bool(f.root_cause.strip()),
                "other_batches_answered": lambda f: bool(f.other_batches.strip()),
                "lots_have_dispositions": _lots,
                "capa_or_why_not": _capa_or_why_not,
                "rationale_given": _told,
                "signer_is_not_the_reporter": _is_not_the_reporter,
            },
            signed=True,
            roles=QA,
        ),
        Transition("return", frozenset({D.QA_REVIEW}), D.INVESTIGATING, {"reason_given": _told}, roles=QA),
        Transition(
            "void",
            _NOT_OVER,
            D.VOID,
            {"excursion_is_false_alarm": lambda f: f.excursion_is_false_alarm, "reason_given": _told},
            signed=True,
            roles=QA,
        ),
        # By the watch when late readings reopen its excursion; by QA for any other reason.
        Transition("reopen", frozenset({D.CLOSED, D.VOID}), D.REPORTED, {"reason_given": _told}, roles=QA),
    ),
)
