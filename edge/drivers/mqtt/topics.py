"""Topics with wildcards, and the names that points get from them. Pure.

`trucks/+/telemetry` with the point `hainan/fleet/{1}/air-1`: the level under the first `+` stands for `{1}`. Each `+`
must stand in the name, so that no two topics share a point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from telemetry.point import is_edges_own, is_level_name, is_point_name

_PLACE = re.compile(r"\{([1-9][0-9]?)\}")
_SOME_LEVEL = "x"
_DEEPEST = 6


def is_filter(text: str) -> bool:
    """Whether a broker would take it as a subscription: `+` and `#` alone in a level, `#` last, no NUL."""
    levels = text.split("/")
    whole = all(level in {"+", "#"} or not re.search(r"[+#\0]", level) for level in levels)
    return bool(text) and whole and "#" not in levels[:-1]


def overlap(one: str, other: str) -> bool:
    """Whether some topic matches both filters."""
    a, b = one.split("/"), other.split("/")
    for mine, theirs in zip(a, b, strict=False):
        if "#" in {mine, theirs}:
            return True
        if "+" not in {mine, theirs} and mine != theirs:
            return False
    longer = a if len(a) > len(b) else b
    return len(a) == len(b) or longer[min(len(a), len(b)) :] == ["#"]  # `a/#` matches `a` too


def filters_for(topic: str) -> list[str]:
    """All filters that match a topic; of a deep one only itself, since they double with each level."""
    levels = topic.split("/")
    if len(levels) > _DEEPEST:
        return [topic]
    heads = [""]
    found = ["#"]
    for level in levels:
        heads = [f"{head}{one}/" for head in heads for one in (level, "+")]
        found += [f"{head}#" for head in heads]
    return found + [head[:-1] for head in heads]


def places_in(name: str) -> list[int]:
    """The numbers of the `{n}` in a point's name, in their order."""
    return [int(found) for found in _PLACE.findall(name)]


def is_name_with_places(text: str) -> bool:
    """Whether the text names a point when each `{n}` stands for a level or a part of one."""
    return is_point_name(_PLACE.sub(_SOME_LEVEL, text)) and all(
        len(_PLACE.findall(level)) <= 1 for level in text.split("/")
    )


class NoName(ValueError):
    """A topic's level can't be a level of a point's name."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How the topics under a filter name a point."""

    filter: str
    name: str

    def levels(self, topic: str) -> tuple[str, ...] | None:
        """What stands under each `+`; None where the topic does not match."""
        wanted, found = self.filter.split("/"), topic.split("/")
        if len(wanted) != len(found) or topic.startswith("$"):
            return None
        pairs = list(zip(wanted, found, strict=True))
        if any(level not in {"+", there} for level, there in pairs):
            return None
        return tuple(there for level, there in pairs if level == "+")

    def point(self, levels: tuple[str, ...]) -> str:
        """The point's name. Raises NoName where a level is no valid one: it is never bent into shape."""
        for level in levels:
            if not is_level_name(level):
                raise NoName(f"`{level[:80]}` is no level of a point's name")
        name = _PLACE.sub(lambda found: levels[int(found[1]) - 1], self.name)
        if not is_point_name(name):
            raise NoName(f"`{name[:200]}` is no point's name")
        if is_edges_own(name) and not is_edges_own(_PLACE.sub(_SOME_LEVEL, self.name)):
            raise NoName(f"`{name[:200]}` is what an edge says of itself")
        return name

    def names(self, point: str) -> bool:
        """Whether a topic can lead to this point."""
        pattern = "".join(
            re.escape(part) if at % 2 == 0 else "[a-z0-9-]+" for at, part in enumerate(_PLACE.split(self.name))
        )
        return is_point_name(point) and re.fullmatch(pattern, point) is not None
