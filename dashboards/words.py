"""Words for codes: what a status, a guard or a switch is called by people. English is the text that is translated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from gettext import NullTranslations
from types import MappingProxyType

from dashboards.language import N_
from dashboards.vocabulary import DONE, GUARDS, WORDS

__all__ = ["ABNORMAL_SWITCHES", "DONE", "GUARDS", "SWITCHES", "WORDS", "act", "guard", "source", "span", "word"]

SWITCHES: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "door": {0: N_("closed"), 1: N_("open")},
        "mains": {0: N_("power lost"), 1: N_("present")},
        "running": {0: N_("no"), 1: N_("yes")},
        "cooling": {0: N_("no"), 1: N_("yes")},
        "defrost": {0: N_("no"), 1: N_("yes")},
        "settled": {0: N_("in motion"), 1: N_("at rest")},
        "state": {0: N_("stopped"), 1: N_("running"), 2: N_("fault"), 3: N_("cleaning")},
    }
)
"""By role of a point: what its numbers mean."""

ABNORMAL_SWITCHES = frozenset({("mains", 0), ("state", 2)})

WRONG_STATE = N_("The record's present state does not allow this step: look at it again.")
"""For guards `state_is_...`, which every state machine makes of itself."""


def guard(name: str, translate: Callable[[str], str]) -> str:
    """What a guard that failed asks for."""
    return translate(WRONG_STATE if name.startswith("state_is_") else GUARDS.get(name, name))


def word(kind: str, code: object, translate: Callable[[str], str]) -> str:
    """What people call a code of this kind."""
    known = WORDS[kind].get(str(code))
    return translate(known) if known else str(code)


def act(action: str, translate: Callable[[str], str]) -> str:
    """What an action of the audit trail is called; a step of a record as its button is."""
    entity, _, step = action.removesuffix(".refused").partition(".")
    steps = WORDS[_STEPS[entity]] if entity in _STEPS else {}
    known = WORDS["audit_action"].get(f"{entity}.{step}") or steps.get(step)
    said = translate(known) if known else action
    return f"{said} ({translate(_REFUSED)})" if action.endswith(".refused") else said


_STEPS = {
    "capa": "capa_step",
    "change": "change_step",
    "complaint": "complaint_step",
    "deviation": "deviation_step",
    "maintenance_order": "order_step",
    "order": "work_order_step",
}
_REFUSED = N_("refused")


def span(seconds: float | None, texts: NullTranslations) -> str:
    """A length of time in the two units that matter."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    for unit, size, small, rest in (("d", 86_400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {texts.gettext(unit)} {whole % size // rest} {texts.gettext(small)}"
    return f"{whole} {texts.gettext('s')}"


def source(citation: str, language: str, text: Callable[[str], str]) -> str:
    """A citation as it is read in a language: where it is written in both, `English / 中文` or the other way round,
    the part that is; else as the catalog has it."""
    first, both, second = citation.rpartition(" / ")
    if not both or _is_chinese(first) == _is_chinese(second):
        return text(citation) if citation else citation
    return first if _is_chinese(first) == (language == "zh") else second


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


UNITS_OF_TIME = (N_("d"), N_("h"), N_("min"), N_("s"))
