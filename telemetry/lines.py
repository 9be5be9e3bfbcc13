"""YAML with line numbers: a file that a person wrote becomes plain values, and the line on which each of them stands.

Where an environment is given, `${NAME}` and `${NAME:-default}` in scalars are replaced from it before YAML decides on
the type. Mistakes do not stop the reading: all of them are collected as problems that name file and line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Where = tuple[str | int, ...]
"""The way to a value: keys and positions in lists, from the top of the file."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where a person finds it, what is wrong and what is allowed."""

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
    lacking: list[Problem] = field(default_factory=list)  # variables that the environment does not have
    unset: set[Where] = field(default_factory=set)  # values that hang on those: not judged further

    def line(self, where: Where) -> int:
        """Line of a value; where it is missing, of the nearest thing around it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def complain(self, where: Where, text: str) -> None:
        """Note a mistake at a value."""
        self.problems.append(Problem(self.file, self.line(where), text))


def read(path: Path, called: str, environ: Mapping[str, str] | None = None) -> Document:
    """Read a YAML file; problems in it name it as `called`. Without `environ` a `${NAME}` stays as it is written.

    That it can't be read, or isn't YAML, is a problem in it and no exception.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        document = Document(called)
        document.complain((), f"the file can't be read: {error.strerror if isinstance(error, OSError) else error}")
        return document
    return read_text(text, called, environ)


def read_text(text: str, called: str, environ: Mapping[str, str] | None = None) -> Document:
    """The same for a text that is no file."""
    document = Document(called)
    try:
        loader = yaml.SafeLoader(text)
    except (ValueError, yaml.YAMLError) as error:
        document.complain((), f"the file can't be read: {error}")
        return document
    try:
        node = loader.get_single_node()
        document.data = None if node is None else _Walk(document, loader, environ).value(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = f"this is not YAML: {error.problem or error.context}"
        document.problems.append(Problem(document.file, mark.line + 1 if mark else 1, said))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        document.complain((), f"this is not YAML: {error}")
    finally:
        loader.dispose()
    return document


@dataclass(slots=True)
class _Walk:
    document: Document
    loader: yaml.SafeLoader
    environ: Mapping[str, str] | None

    def value(self, node: yaml.Node, where: Where) -> Any:
        self.document.lines.setdefault(where, node.start_mark.line + 1)
        if len(where) > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, where)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*where, at)) for at, item in enumerate(node.value)]
        return self._scalar(node, where) if isinstance(node, yaml.ScalarNode) else None

    def _mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in values:
                text = f"`{key}` stands twice, first on line {self.document.line((*where, key))}"
                self.document.problems.append(Problem(self.document.file, line, text))
                continue
            self.document.lines[(*where, key)] = line
            values[key] = self.value(value_node, (*where, key))
        return values

    def _scalar(self, node: yaml.ScalarNode, where: Where) -> Any:
        if self.environ is not None and "${" in node.value:
            environ = self.environ
            node.value = _VARIABLE.sub(lambda found: self._variable(found, environ, where), node.value)
            if node.style is None:
                node.tag = self.loader.resolve(yaml.ScalarNode, node.value, (True, False))  # type: ignore[no-untyped-call]
        return self.loader.construct_object(node, deep=True)

    def _variable(self, found: re.Match[str], environ: Mapping[str, str], where: Where) -> str:
        name, default = found[1], found[2]
        value: str | None = environ.get(name, default)
        if value is None:
            self.document.unset.add(where)
            text = f"the environment has no {name}; set it, or write ${{{name}:-default}}"
            self.document.lacking.append(Problem(self.document.file, self.document.line(where), text))
            return ""
        return value
