"""The one message on top of a page: what was done, or why it was refused.

A redirect carries it as codes in the query (`?done=`, `?refused=&guard=`): nothing but words that are ours can be shown
that way, and an answer without a cookie can be kept and given again to a form that was sent twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse

from dashboards.words import DONE, GUARDS
from gateway.problems import Problem
from telemetry.errors import PlantError

SEE_OTHER = 303


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is English and is translated where it is shown; `guards`: what must be true, with what to do."""

    kind: str  # done, refused
    code: str
    text: str
    guards: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()  # names of fields that the server could not read

    def without(self, codes: Iterable[str]) -> Message:
        """The same without guards that are told elsewhere."""
        return replace(self, guards=tuple(guard for guard in self.guards if guard not in set(codes)))


def from_query(query: QueryParams) -> Message | None:
    """The message that a redirect brought. Codes that are not ours tell nothing."""
    if text := DONE.get(query.get("done", "")):
        return Message("done", query["done"], text)
    if text := titles().get(query.get("refused", "")):
        return Message(
            "refused",
            query["refused"],
            text,
            tuple(g for g in query.getlist("guard") if g in GUARDS or g.startswith("state_is_")),
        )
    return None


def of_problem(problem: Problem) -> Message:
    """A refusal as its page tells it."""
    guards = problem.facts.get("failed_guards", ())
    names = tuple(map(str, guards)) if isinstance(guards, list | tuple) else ()
    told = tuple((name, str(fact)) for name, fact in problem.facts.items() if name in _FACTS)
    return Message("refused", problem.code, problem.title, names, told, tuple(_unread(problem)))


def done(to: str, code: str) -> RedirectResponse:
    """Go on to a page and say there what was done."""
    return _go(to, {"done": code})


def refused(to: str, message: Message) -> RedirectResponse:
    """Go back to a page and say there why not."""
    return _go(to, {"refused": message.code, "guard": list(message.guards)})


def without_message(address: str) -> str:
    """An address of ours without the message that it brought."""
    path, _, query = address.partition("?")
    kept = [(name, said) for name, said in parse_qsl(query) if name not in _BROUGHT]
    return f"{path}?{urlencode(kept)}" if kept else path


@cache
def titles() -> dict[str, str]:
    """Every refusal that the running program knows: code to its sentence."""
    return {kind.__name__: _sentence(kind) for kind in kinds()}


def kinds(root: type[PlantError] = PlantError) -> Iterator[type[PlantError]]:
    """All kinds of errors below one, and itself."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


_BROUGHT = frozenset({"done", "refused", "guard"})
_FACTS = frozenset({"detail", "needs", "allowed", "looked_for"})


def _unread(problem: Problem) -> Iterator[str]:
    errors = problem.facts.get("errors", ())
    for error in errors if isinstance(errors, list) else ():
        place, _, name = str(error.get("where", "")).partition(".")
        if place == "body" and name:
            yield name


def _sentence(kind: type[PlantError]) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


def _go(to: str, query: dict[str, str | list[str]]) -> RedirectResponse:
    page, mark, part = to.partition("#")
    joint = "&" if "?" in page else "?"
    return RedirectResponse(f"{page}{joint}{urlencode(query, doseq=True)}{mark}{part}", SEE_OTHER)
