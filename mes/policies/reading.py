"""Policy files: YAML in, a policy or every mistake with file and line out.

A pack is a file of this folder, `packs/<code>.<version>.yaml`, and is never changed: new figures are a new version. A
file of one's own may name a `base` and say only what differs: a mapping is merged key by key, a list replaces the
list, and an empty section leaves the base's out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mes.policies.soundness import mistakes
from mes.policies.words import RULE_LISTS, SINGLE_RULES, PolicyWords
from models.policy import Policy
from telemetry.complaints import complain, near
from telemetry.errors import Invalid, NotFound
from telemetry.lines import Document, Problem, Where, read

PACKS = Path(__file__).with_name("packs")


class PolicyUnknown(NotFound):
    """There is no policy of this name. `isotherm policy list` shows which there are."""


class PolicyFileWrong(Invalid):
    """The policy file has mistakes; nothing was judged by it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(problems=[str(problem) for problem in problems])


def names() -> tuple[str, ...]:
    """Codes of the packs, in order of the alphabet."""
    return tuple(sorted(_files()))


def policy_named(name: str) -> Policy:
    """A pack by its code, in its newest version, or in the one that is named: `gsp_cn@1`. Raises PolicyUnknown."""
    return _pack(name).policy()


def is_pack(name: str) -> bool:
    """Whether there is a pack of this name, and of this version where it names one."""
    try:
        _raw(name)
    except PolicyUnknown:
        return False
    return True


def pinned_name(name: str) -> str:
    """A pack's name with its version, as what must not change names it: `gsp_cn@1`. Raises PolicyUnknown."""
    policy = policy_named(name)
    return f"{policy.code}@{policy.version}"


def read_policy(path: Path) -> Policy:
    """A policy of one's own, whole or upon a `base`. Raises PolicyFileWrong with every mistake.

    What a file that stands alone needn't say: `code` (its name), `version` (1), `title` and `citation` (its code).
    """
    document = read(path, str(path))
    if not isinstance(document.data, dict):
        if not document.problems:
            document.complain((), f"a policy is a mapping of sections; {near('', PolicyWords.model_fields)}")
        raise PolicyFileWrong(tuple(document.problems))
    if "policies" in document.data:
        document.complain(("policies",), "this is a part of a plant folder; a policy file holds one policy, unlisted")
    code = document.data.get("code", _code_of(path))
    unsaid = {"code": code, "version": 1, "title": {"en": str(code), "zh": str(code)}, "citation": str(code)}
    found = words_of(document, (), unsaid | document.data)
    if found is None or document.problems:
        raise PolicyFileWrong(tuple(sorted(set(document.problems))))
    return found.policy()


def words_of(document: Document, where: Where, said: Mapping[str, Any]) -> PolicyWords | None:
    """A policy that stands at a place of a document, merged with its base; None where mistakes have been noted."""
    merged = _merged_with_base(document, where, dict(said))
    if merged is None:
        return None
    try:
        words = PolicyWords.model_validate(merged)
    except ValidationError as error:
        complain(document, PolicyWords, error, where)  # each becomes a problem with its line
        return None
    found = list(mistakes(words.policy()))
    for steps, text in found:
        document.complain((*where, *(_as_written(step) for step in steps)), text)
    return None if found else words


def _as_written(step: str | int) -> str | int:
    """A file names no seconds: its durations have their unit."""
    return step.removesuffix("_s") if isinstance(step, str) else step


def _merged_with_base(document: Document, where: Where, said: dict[str, Any]) -> dict[str, Any] | None:
    base = said.pop("base", None)
    if base is None:
        return said
    try:
        beneath = _raw(str(base))
    except PolicyUnknown:
        document.complain((*where, "base"), f"`base` is `{base}`, which is no pack; {near(base, names())}")
        return None
    own = {key: value for key, value in _cited(beneath).items() if key not in {"code", "version", "citation"}}
    return _merge(own, _cited(said, is_change=True))


def _cited(said: Mapping[str, Any], *, is_change: bool = False) -> dict[str, Any]:
    """Each rule with the file's citation, where it has none of its own.

    Who changes a figure of a base answers for it: what the base cites, or asks to have confirmed, is no longer said.
    """
    citation = {"citation": said.get("citation")} | ({"confirm": False} if is_change else {})
    levels = {name: _marked(rule, citation) for name, rule in _mapping(said.get("levels")).items()}
    rules = {name: _marked(rule, citation) for name, rule in said.items() if name in SINGLE_RULES}
    lists = {
        name: [_marked(rule, citation) for rule in said[name]]
        for name in RULE_LISTS
        if isinstance(said.get(name), list)
    }
    return {**said, **({"levels": levels} if levels else {}), **rules, **lists}


def _marked(rule: Any, citation: Mapping[str, Any]) -> Any:
    return {**citation, **rule} if isinstance(rule, dict) and rule else rule


def _mapping(section: Any) -> Mapping[str, Any]:
    return section if isinstance(section, dict) else {}


def _merge(beneath: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(beneath)
    for key, value in said.items():
        under = merged.pop(key, None)
        if isinstance(under, dict) and isinstance(value, dict):
            merged[key] = _merge(under, value)
        elif value is not None:
            merged[key] = value
    return merged


def _code_of(path: Path) -> str:
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in path.stem.lower())
    return kept.strip("-")[:64] or "policy"


def _files() -> dict[str, dict[int, Path]]:
    """By code and version, where the pack stands."""
    files: dict[str, dict[int, Path]] = {}
    for path in PACKS.glob("*.yaml"):
        code, version = path.stem.rsplit(".", 1)
        files.setdefault(code, {})[int(version)] = path
    return files


def _raw(name: str) -> dict[str, Any]:
    code, _, version = name.partition("@")
    versions = _files().get(code, {})
    wanted = int(version) if version.isdecimal() else max(versions, default=0)
    if wanted not in versions or (version and not version.isdecimal()):
        raise PolicyUnknown(name=name, known=", ".join(names()))
    path = versions[wanted]
    document = read(path, path.name)
    if not isinstance(document.data, dict):
        raise PolicyFileWrong(tuple(document.problems))
    return document.data


@lru_cache(maxsize=64)
def _pack(name: str) -> PolicyWords:
    document = Document(f"{name}.yaml")
    found = words_of(document, (), _raw(name))
    if found is None:
        raise PolicyFileWrong(tuple(document.problems))
    return found
