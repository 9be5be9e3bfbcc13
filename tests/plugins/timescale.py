"""TimescaleDB for real: a WebAssembly build behind the PostgreSQL protocol. `npm ci` in tests/timescale installs it.

Its limits: one connection at a time, no COPY ... FROM STDIN, messages under 60 kB, no background jobs.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from isotherm.engines.ports import free_port
from isotherm.schema import PACKAGES
from telemetry.migrate import migrate

FOLDER = Path(__file__).parent.parent / "timescale"


@pytest.fixture
def bare_timescale() -> Iterator[str]:
    """Connection string of an empty TimescaleDB of the test's own, as its owner."""
    with _running() as dsn:
        yield dsn


@pytest.fixture(scope="session")
def kept_timescale() -> Iterator[str]:
    """Connection string of a migrated TimescaleDB where tests commit: each has points of its own."""
    with _migrated() as dsn:
        yield dsn


@pytest.fixture(scope="session")
def timescale() -> Iterator[str]:
    """Connection string of a migrated TimescaleDB, as its owner. Tests roll back what they do."""
    with _migrated() as dsn:
        yield dsn


@contextmanager
def _migrated() -> Iterator[str]:
    with _running() as dsn:
        with psycopg.connect(dsn, autocommit=True) as owner:
            migrate(owner, PACKAGES)
        yield dsn


@contextmanager
def _running() -> Iterator[str]:
    """A TimescaleDB process with its data in memory."""
    if not (FOLDER / "node_modules").exists():
        pytest.fail("TimescaleDB is not installed: run `npm ci` in tests/timescale, or `make test`")
    port = free_port()
    with subprocess.Popen([_node(), "start.js", str(port)], cwd=FOLDER, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline().strip() != "ready":
                pytest.fail(f"TimescaleDB did not start: exit code {process.wait(10)}")
            yield f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres?sslmode=disable"
        finally:
            process.terminate()


def _node() -> str:
    ours = Path(sysconfig.get_path("scripts")) / "node"
    return str(ours) if ours.exists() else shutil.which("node") or "node"
