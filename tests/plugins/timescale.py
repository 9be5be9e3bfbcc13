"""TimescaleDB for real: a WebAssembly build behind the PostgreSQL protocol. `npm ci` in tests/timescale installs it.

Its limits: one connection at a time, no COPY ... FROM STDIN, messages under 60 kB, no background jobs.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from isotherm.engines.ports import free_port
from isotherm.schema import PACKAGES
from telemetry.migrate import migrate

FOLDER = Path(__file__).parent.parent / "timescale"


@pytest.fixture(scope="session")
def bare_timescale() -> Iterator[str]:
    """Connection string of an empty TimescaleDB, as its owner."""
    with _running() as dsn:
        yield dsn


@pytest.fixture(scope="session")
def timescale() -> Iterator[str]:
    """Connection string of a migrated TimescaleDB, as its owner. Tests roll back, or clean up after themselves."""
    with _running() as dsn:
        with psycopg.connect(dsn, autocommit=True) as owner:
            migrate(owner, PACKAGES)
        yield dsn


class _running:  # noqa: N801  # read as a verb: with _running() as dsn
    """A TimescaleDB process of one's own, with its data in memory."""

    def __enter__(self) -> str:
        if not (FOLDER / "node_modules").exists():
            pytest.fail("TimescaleDB is not installed: run `npm ci` in tests/timescale, or `make test`")
        port = free_port()
        command = [_node(), "start.js", str(port)]
        self.process = subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        if self.process.stdout.readline().strip() != "ready":
            pytest.fail(f"TimescaleDB did not start: exit code {self.process.wait(10)}")
        return f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres?sslmode=disable"

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


def _node() -> str:
    ours = Path(sysconfig.get_path("scripts")) / "node"
    return str(ours) if ours.exists() else shutil.which("node") or "node"
