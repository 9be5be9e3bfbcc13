"""A policy as a document: the JSON that the database keeps, that a signature covers, and that programs send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mes.people.model import digest
from mes.policies.soundness import mistakes
from models.policy import Policy
from telemetry.chain import canonical
from telemetry.errors import Invalid

_POLICY: TypeAdapter[Policy] = TypeAdapter(Policy)


class PolicyWrong(Invalid):
    """This policy has mistakes: it can't be kept. See what is said of each."""


def document_of(policy: Policy) -> dict[str, Any]:
    """The policy as JSON: every field by its name, decimals as text."""
    document: dict[str, Any] = _POLICY.dump_python(policy, mode="json")
    return document


def policy_of(document: Mapping[str, Any]) -> Policy:
    """The policy that a document says. Raises PolicyWrong where it isn't one, or says more than a policy can."""
    try:
        policy = _POLICY.validate_python(dict(document))
    except ValidationError as error:
        told = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False)]
        raise PolicyWrong(problems=told) from error
    if unknown := sorted(_places(document) - _places(document_of(policy))):
        raise PolicyWrong(problems=[f"{place}: is not known here" for place in unknown])
    return policy


def sound(policy: Policy) -> Policy:
    """The policy itself. Raises PolicyWrong where its rules don't agree with each other."""
    if told := [f"{'.'.join(map(str, where))}: {text}" for where, text in mistakes(policy)]:
        raise PolicyWrong(problems=told)
    return policy


def content_sha256(policy: Policy) -> str:
    """The hash of what it says, 64 hex digits."""
    return digest(canonical(document_of(policy)))


def _places(part: object, at: str = "") -> set[str]:
    """The way to every value."""
    if isinstance(part, Mapping):
        return {place for key, value in part.items() for place in _places(value, f"{at}.{key}" if at else str(key))}
    if isinstance(part, list | tuple):
        return {place for n, value in enumerate(part) for place in _places(value, f"{at}.{n}")}
    return {at}
