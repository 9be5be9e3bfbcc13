"""Writes an edge's config from the variables of a server: a draft for a person, and without mistakes. Pure.

Points are named after the path of browse names. What can't be a point stands below as a comment, with why.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import yaml
from asyncua import ua

from edge.drivers.opcua.browse import Variable
from edge.drivers.opcua.config import Access
from telemetry.errors import NotFound

_LONGEST = 60
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


class NothingToRead(NotFound):
    """None of the server's variables is a number that may be read."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the server does not know of the plant."""

    edge: str
    site: str
    area: str
    device: str
    equipment: str | None = None  # None: the object that holds the variable
    group: str = "values"
    period_s: float = 1.0


def draft(found: Sequence[Variable], uris: Sequence[str], access: Access, names: Names, now: datetime) -> str:
    """The config's text. Raises NothingToRead."""
    taken = [variable for variable in found if not variable.why_not and _text(variable.node) is not None]
    left_out = [variable for variable in found if variable.why_not or _text(variable.node) is None]
    if not taken:
        raise NothingToRead(url=access.url, variables=len(found))
    home = Counter(variable.node.NamespaceIndex for variable in taken).most_common(1)[0][0]
    lines = [
        f"# Drafted from {access.url} on {now:%Y-%m-%d %H:%M} UTC: {len(taken)} points, {len(left_out)} left out.",
        "# The server knows neither the plant's names nor what matters: look at groups, classes and names.",
        *_head(access, names),
        *([f"    namespace: {_quoted(uris[home])}"] if home else []),
        "    points:",
        *_points(taken, uris, home, names),
    ]
    if left_out:
        told = (f"{'.'.join(v.path)}: {v.why_not or 'its node id has no place in a config'}" for v in left_out)
        lines += ["", "# Left out:", *(f"#   {_comment(line)}" for line in told)]
    return "\n".join(lines) + "\n"


def _head(access: Access, names: Names) -> Iterator[str]:
    yield f"edge: {names.edge}"
    yield f"site: {names.site}"
    yield 'uplink: {url: "${NATS_URL:-nats://127.0.0.1:4222}"}'
    yield f'buffer: {{folder: "${{VAR:-var}}/edge/{names.edge}"}}'
    yield f"groups:\n  {names.group}: {{period_s: {names.period_s:g}, class: process}}"
    yield f"devices:\n  - name: {names.device}\n    driver: opcua\n    url: {_quoted(access.url)}"
    yield f"    security: {access.security}"
    if access.security != "none":
        yield f"    policy: {access.policy}"
        for name in ("certificate", "key", "server_certificate"):
            yield f"    {name}: {_quoted(str(getattr(access, name)))}"
    for name in ("user", "password_env"):
        if (value := getattr(access, name)) is not None:
            yield f"    {name}: {_quoted(value)}"


def _points(taken: Sequence[Variable], uris: Sequence[str], home: int, names: Names) -> Iterator[str]:
    used: Counter[str] = Counter()
    for variable in taken:
        name = point_name(variable, names)
        used[name] += 1
        point = name if used[name] == 1 else _another(name, used)
        node = _quoted(_node(variable.node, uris, home))
        comment = _comment(", ".join(filter(None, (variable.unit, variable.range))))
        line = f"      - {{point: {point}, node: {node}, group: {names.group}}}"
        yield f"{line}  # {comment}" if comment else line


def _another(name: str, used: Counter[str]) -> str:
    """A name that nobody has yet."""
    number = used[name]
    while f"{name}-{number}" in used:
        number += 1
    used[f"{name}-{number}"] += 1
    return f"{name}-{number}"


def point_name(variable: Variable, names: Names) -> str:
    """Site, area, equipment and measure. With the equipment given, the measure is the whole path."""
    if names.equipment is not None:
        return f"{names.site}/{names.area}/{names.equipment}/{level('-'.join(variable.path))}"
    holder = variable.path[-2] if len(variable.path) > 1 else names.device
    return f"{names.site}/{names.area}/{level(holder)}/{level(variable.path[-1])}"


def level(text: str) -> str:
    """A level of a point's name from what a server calls it: `MotorCurrent` is motor-current."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = "-".join(_WORDS.findall(plain)).lower()
    return words[:_LONGEST].strip("-") or "node"


def _node(node: ua.NodeId, uris: Sequence[str], home: int) -> str:
    text, index = _text(node) or "", node.NamespaceIndex
    if index == home:
        return text
    return f"ns=0;{text}" if index == 0 else f"nsu={uris[index]};{text}"


def _text(node: ua.NodeId) -> str | None:
    """The identifier without its namespace; None for one that can't be written in a config."""
    value = node.Identifier
    if isinstance(value, int):
        return f"i={value}"
    if isinstance(value, UUID):
        return f"g={value}"
    if isinstance(value, str) and value and "${" not in value:  # where a config puts its environment
        return f"s={value}"
    return None


def _comment(text: str) -> str:
    """A server's words may hold line breaks and worse; a comment may not."""
    return "".join(sign if sign.isprintable() else "?" for sign in " ".join(text.split()))


def _quoted(text: str) -> str:
    """A text within quotes, whatever is in it."""
    written: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf"))
    return written.strip()


def file_name(url: str) -> Path:
    """A name for what belongs to a server: `opc.tcp://plc-7:4840/` is plc-7-4840."""
    return Path(re.sub(r"[^A-Za-z0-9]+", "-", url.removeprefix("opc.tcp://")).strip("-"))
