"""YAML with line numbers: a file becomes plain values, and the line on which each of them stands.

Mistakes do not stop the reading: all of them are collected as problems that name file and line.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Where = tuple[Hashable, ...]
"""The way to a value: keys and positions in lists, from the top of the file."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a plant folder: where it stands, what is wrong and what is allowed."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(slots=True)
class Document:
    """One file: its values, the line of each, and what is wrong with it."""

    file: str
    data: Any = None
    lines: dict[Where, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, where: Where) -> int:
        """Line of a value; where it is missing, of the nearest thing around it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def complain(self, where: Where, text: str) -> None:
        """Note a mistake at a value."""
        self.problems.append(Problem(self.file, self.line(where), text))


def read(path: Path) -> Document:
    """Read a YAML file. That it can't be read, or isn't YAML, is a problem in it and no exception."""
    document = Document(path.name)
    try:
        loader = yaml.SafeLoader(path.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        document.complain((), f"the file can't be read: {error}")
        return document
    try:
        node = loader.get_single_node()
        document.data = None if node is None else _value(loader, node, document, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        text = f"this is not YAML: {error.problem or error.context}"
        document.problems.append(Problem(document.file, mark.line + 1 if mark else 1, text))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        document.complain((), f"this is not YAML: {error}")
    finally:
        loader.dispose()
    return document


def _value(loader: yaml.SafeLoader, node: yaml.Node, document: Document, where: Where) -> Any:
    document.lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, document, where)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, child, document, (*where, at)) for at, child in enumerate(node.value)]
    return loader.construct_object(node, deep=True)


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode, document: Document, where: Where) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in values:
            first = document.lines[(*where, key)]
            document.problems.append(Problem(document.file, line, f"`{key}` stands twice here, first on line {first}"))
            continue
        document.lines[(*where, key)] = line
        values[key] = _value(loader, value_node, document, (*where, key))
    return values
