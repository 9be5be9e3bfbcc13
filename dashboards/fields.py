"""At which field of a form a refusal is told: by guard, by error, and for what the server could not read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

GUARD_FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "action_evidence_given": ("evidence",),
        "action_text_given": ("action_text",),
        "answer_given": ("answer", "said"),
        "approver_is_not_author": ("username",),
        "authority_agreed": ("regulatory_ref",),
        "batch_is_new_here": ("batch",),
        "capa_or_why_not": ("no_capa_why",),
        "cause_method_given": ("cause_method",),
        "change_approved": ("change",),
        "class_given": ("class",),
        "comment_given": ("comment",),
        "criterion_given": ("metric",),
        "departments_reported": ("investigation",),
        "description_given": ("description",),
        "document_has_content": ("text",),
        "effective_not_before_now": ("effective_from",),
        "evaluation_given": ("evaluation",),
        "evaluator_is_not_the_owner": ("username",),
        "evidence_given": ("evidence",),
        "extra_tests_answered": ("extra_tests",),
        "finding_given": ("finding",),
        "justification_given": ("reason",),
        "justified_or_not": ("justified",),
        "lateness_explained": ("note",),
        "other_batches_answered": ("other_batches",),
        "problem_given": ("problem",),
        "rationale_given": ("reason",),
        "reason_given": ("note", "reason"),
        "result_given": ("result",),
        "root_cause_given": ("root_cause",),
        "severity_given": ("severity",),
        "signer_is_not_the_author": ("username",),
        "signer_is_not_the_owner": ("username",),
        "signer_is_not_the_recorder": ("username",),
        "signer_is_not_the_reporter": ("username",),
        "source_given": ("source",),
        "subject_given": ("subject",),
        "title_given": ("title",),
        "verifier_is_not_the_doer": ("username",),
        "window_follows": ("window_to",),
    }
)
"""By guard: names of fields, the first that the form has is meant. Other guards are about the record, not a field."""

ERROR_FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ComplaintLotUnknown": ("lot_number",),
        "LotNotFound": ("lot_number", "lots"),
        "MeaningMismatch": ("meaning",),
        "KeyRevokedWithoutReason": ("reason",),
        "PersonChangeWithoutReason": ("reason",),
        "ReasonMissing": ("reason",),
        "ReauthRequired": ("password",),
        "SamePerson": ("username",),
        "WrongPassword": ("password",),
    }
)
"""By code of an error that is about one field."""


def fields_of(code: str) -> tuple[str, ...]:
    """Names of fields where a guard or an error is told; empty: it is about the record."""
    return GUARD_FIELDS.get(code) or ERROR_FIELDS.get(code, ())
