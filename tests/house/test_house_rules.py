"""The house rules that a linter of the shelf doesn't know."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
TOP = {"edge", "gateway", "mes", "telemetry", "models", "simulators", "dashboards", "tests", "isotherm", ".ci"}
SQL = re.compile(
    r"^\s*(select\s.+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|create\s+table)\b", re.IGNORECASE | re.DOTALL
)
SQL_ALLOWED = ("tests/",)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def sources() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py"]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_fit_on_a_few_screens() -> None:
    lengths = {name_of(p): p.read_text("utf-8").count("\n") for p in tracked() if p.suffix in {".py", ".ts", ".sql"}}
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def test_functions_fit_on_one_screen() -> None:
    long = [
        f"{name_of(path)}:{f.lineno} {f.name}"
        for path in sources()
        for f in functions(path)
        if (f.end_lineno or f.lineno) - f.lineno > LONGEST_FUNCTION
    ]
    assert long == []


def test_modules_are_named_after_what_they_hold() -> None:
    assert [name_of(p) for p in sources() if p.stem in NAMES_THAT_SAY_NOTHING] == []


def test_modules_say_what_they_are_for() -> None:
    dumb = [p for p in sources() if p.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(p.read_text()))]
    assert [name_of(p) for p in dumb] == []


def test_sql_stands_in_sql_files() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources()
        if not name_of(path).startswith(SQL_ALLOWED)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]
    assert found == []


def test_edges_only_read() -> None:
    """No OPC UA write and no Modbus write function may be called in edge/."""
    writes = re.compile(
        r"\b(write_values?|set_values?|write_coils?|write_registers?|call_method|write_attribute\w*)\s*\("
    )
    found = [name_of(p) for p in sources() if name_of(p).startswith("edge/") and writes.search(p.read_text("utf-8"))]
    assert found == []


def test_nothing_built_or_borrowed_is_tracked() -> None:
    """Minified bundles, binaries and other people's libraries come from the registries, never from here."""
    suspicious = [
        name_of(path)
        for path in tracked()
        if path.suffix in {".js", ".css", ".mjs"}
        and any(len(line) > 2_000 for line in path.read_text("utf-8").splitlines())
    ]
    assert suspicious == []


def test_no_machine_path_registry_or_secret_is_tracked() -> None:
    forbidden = re.compile(
        r"https?://(registry|files|deb|pypi)\.|index-url|BEGIN (RSA |EC )?PRIVATE KEY|/root/|/home/\w+/"
    )
    here = Path(__file__)
    texts = [p for p in tracked() if p != here and p.suffix not in {".png", ".woff2", ".gz"}]
    assert [name_of(p) for p in texts if forbidden.search(p.read_text("utf-8", errors="replace"))] == []


def test_no_link_is_tracked() -> None:
    """A link leads to a place on somebody's machine."""
    listed = subprocess.run(["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line for line in listed.stdout.splitlines() if line.startswith("120000")] == []


@pytest.mark.parametrize("path", sorted({name_of(p).split("/")[0] for p in tracked() if "/" in name_of(p)}))
def test_top_level_folders_are_the_plants(path: str) -> None:
    assert path in TOP
