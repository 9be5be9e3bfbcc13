"""The edges of a plant folder: each right in itself, and all of them in agreement with the plant model.

Only the program knows both: edges run alone, and the plant model never reads from a device.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from edge.config import look_over
from mes.plant.check import PlantModel
from mes.plant.rows import PointRow, wanted
from telemetry.lines import Document, Problem, Where


def mistakes(folder: Path, model: PlantModel, environ: Mapping[str, str] | None = None) -> list[Problem]:
    """Every mistake in `edges/*.yaml`, by file and line; empty: they may run.

    With the environment that they will have, variables that it lacks are mistakes too.
    """
    known = {row.key for row in wanted(model) if isinstance(row, PointRow)}
    documents = []
    for path in sorted((folder / "edges").glob("*.yaml")):
        document = look_over(path, f"edges/{path.name}", environ or {})
        _check_name(document, path.stem)
        _check_site(document, model.site.code)
        _check_points(document, known)
        documents.append(document)
    _check_once(documents)
    found = {problem for document in documents for problem in document.problems}
    if environ is not None:
        found |= {problem for document in documents for problem in document.lacking}
    return sorted(found)


def _check_name(document: Document, name: str) -> None:
    edge = _value(document, "edge")
    if edge is not None and edge != name:
        document.complain(("edge",), f"`edge` is `{edge}`, its file is named `{name}`; both must be the same")


def _check_site(document: Document, code: str) -> None:
    site = _value(document, "site")
    if site is not None and site != code:
        document.complain(("site",), f"`site` is `{site}`; the plant's site is `{code}`")


def _check_points(document: Document, known: set[str]) -> None:
    for where, name in _points(document):
        if name not in known:
            meant = get_close_matches(name, known, 1)
            hint = f"; did you mean `{meant[0]}`?" if meant else ""
            document.complain(where, f"point `{name}` is not in the plant model{hint}")


def _check_once(documents: list[Document]) -> None:
    """A point belongs to one edge. Twice in one edge is that file's own mistake, told already."""
    first: dict[str, tuple[Document, Where]] = {}
    for document in documents:
        for where, name in _points(document):
            owner, place = first.setdefault(name, (document, where))
            if owner is not document:
                text = f"point `{name}` is read by another edge too: {owner.file}:{owner.line(place)}"
                document.complain(where, text)


def _points(document: Document) -> Iterator[tuple[Where, str]]:
    devices = _value(document, "devices")
    for i, device in enumerate(devices if isinstance(devices, list) else []):
        points = device.get("points") if isinstance(device, dict) else None
        for j, point in enumerate(points if isinstance(points, list) else []):
            name = point.get("point") if isinstance(point, dict) else None
            if isinstance(name, str):
                yield ("devices", i, "points", j, "point"), name


def _value(document: Document, key: str) -> Any:
    return document.data.get(key) if isinstance(document.data, dict) else None
