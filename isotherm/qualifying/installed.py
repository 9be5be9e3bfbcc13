"""What is installed: the program file by file, what it stands on, the database with its migrations and rights."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

from isotherm.qualifying.answers import Answer, Part
from isotherm.schema import PACKAGES as MIGRATED
from mes.audit import checkpoints
from mes.audit import service as audit
from mes.plant import service as plant
from telemetry import queries
from telemetry.migrate import Engine, incremental
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
ROOT = Path(__file__).parents[2]
PROGRAM = ("telemetry", "models", "edge", "mes", "gateway", "dashboards", "isotherm")
_KINDS = frozenset({".py", ".sql", ".yaml", ".html", ".po", ".css"})
_LEFT_OUT = frozenset({"node_modules", "__pycache__", "dist"})
UNDER = ("psycopg", "numpy", "scikit-learn", "fastapi", "pydantic", "procrastinate", "weasyprint")
LARGEST_OFFSET_S = 5.0
"""How far the database's clock may be from the program's."""


@dataclass(frozen=True, slots=True)
class Engined:
    """The database as it says itself."""

    engine: str
    encoding: str
    role: str
    clock: datetime
    timescale: str | None
    fsync: str
    full_page_writes: str


@dataclass(frozen=True, slots=True)
class _Applied:
    name: str
    digest: str


def program_facts() -> dict[str, Any]:
    """Versions and digests of the program and what it stands on."""
    return {
        "version": metadata.version("isotherm"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "packages": {name: _version(name) for name in UNDER},
        "sha256": {name: digest_of_files(ROOT / name) for name in PROGRAM if (ROOT / name).is_dir()},
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None  # said in the protocol: not installed


def digest_of_files(folder: Path) -> str:
    """SHA-256 over names and contents of a package's files, in order of their names."""
    total = sha256()
    for file in sorted(_files(folder)):
        total.update(f"{file.relative_to(folder).as_posix()} {sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    return (f for f in folder.rglob("*") if f.suffix in _KINDS and not _LEFT_OUT.intersection(f.parts))


async def database_facts(work: Work) -> dict[str, Any]:
    """The engine, the plant, and the version of each policy in force."""
    found, site = await _engined(work), await plant.site(work)
    rules = await plant.rules_in_force(work, work.now)
    return {
        "engine": found.engine,
        "timescale": found.timescale,
        "encoding": found.encoding,
        "role": found.role,
        "site": site.code if site else None,
        "policies": {code: rule.version for code, rule in sorted(rules.items())},
    }


async def installed_answers(work: Work) -> list[Answer]:
    """What must be so of any installation, before a vector is run."""
    found, verdict = await _engined(work), await audit.verify(work, *[k.end for k in await checkpoints.kept(work)])
    applied = {row.name: row.digest for row in await work.all(SQL["migrations"], _Applied)}
    engine = Engine.TIMESCALE if found.timescale else Engine.POSTGRES
    shipped = {each.name: each.digest for each in incremental(MIGRATED, engine)}
    is_open = [name for (name,) in await (await work.db.execute(SQL["open_records"])).fetchall()]
    offset_s = abs((found.clock - work.now).total_seconds())
    facts: Mapping[str, tuple[object, object]] = {
        "IQ migrations": ("as shipped", "as shipped" if applied == shipped else differing(applied, shipped)),
        "IQ records are for ever": ([], is_open),
        "IQ audit trail": (None, verdict.first_bad_seq),
        "IQ encoding": ("UTF8", found.encoding),
        "IQ writes reach the disk": (("on", "on"), (found.fsync, found.full_page_writes)),
        "IQ clocks agree": (True, offset_s <= LARGEST_OFFSET_S),
    }
    return [Answer(id=id_, part=Part.INSTALLED, expected=e, found=f) for id_, (e, f) in facts.items()]


def differing(applied: Mapping[str, str], shipped: Mapping[str, str]) -> str:
    """Names of the migrations that are missing, unknown or other than this program's."""
    return ", ".join(sorted(name for name in applied.keys() | shipped.keys() if applied.get(name) != shipped.get(name)))


async def _engined(work: Work) -> Engined:
    found = await work.one(SQL["installed"], Engined)
    if found is None:
        raise RuntimeError("the database did not answer")
    return found
