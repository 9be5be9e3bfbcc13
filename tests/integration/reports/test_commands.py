"""`isotherm report` as somebody at the server meets it, and a worker that is killed while it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from mes.reports.model import Status
from tests.integration.reports.conftest import Press, text_of
from tests.plugins.cold_room import minute
from tests.plugins.database import Database
from tests.plugins.waiting import until

DAY = ("--from", "2026-01-15", "--to", "2026-01-16")


@pytest.fixture
def environment(database: Database) -> dict[str, str]:
    return os.environ | {"ISOTHERM_DATABASE_URL": database.app, "COLUMNS": "200"}


def report(environment: dict[str, str], folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "isotherm", "report", *words]
    source = environment | {"PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(command, cwd=folder, env=source, capture_output=True, text=True, check=False)


async def test_a_report_is_made_listed_and_proved_to_be_what_was_kept(
    press: Press, environment: dict[str, str], tmp_path: Path
) -> None:
    made = report(environment, tmp_path, "make", "trail", "--out", "t.pdf", "--language", "en", *DAY)
    assert (made.returncode, made.stderr) == (0, "")
    file = (tmp_path / "t.pdf").read_bytes()
    hashed = sha256(file).hexdigest()
    assert made.stdout.strip() == f"t.pdf: {text_pages(file)} pages, SHA-256 {hashed}"
    assert "Audit trail extract" in text_of(file)
    listed = report(environment, tmp_path, "list")
    assert listed.stdout.split()[1:] == ["v1", "trail", "en", "ready", hashed]
    told = report(environment, tmp_path, "check", "t.pdf")
    assert told.stdout.startswith("RPT-")
    assert "-0001 version 1: made " in told.stdout
    (tmp_path / "t.pdf").write_bytes(file + b"\n")
    changed = report(environment, tmp_path, "check", "t.pdf")
    assert changed.returncode == 2
    assert changed.stdout.startswith("NotAKeptReport")
    assert await press.store.count("kept_report") == 1


def text_pages(file: bytes) -> int:
    return text_of(file).count("Page ")


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (("weather", *DAY), "KindUnknown"),
        (("trail",), "PeriodUnclear"),
        (("trail", "--from", "2026-01-16", "--to", "2026-01-15"), "PeriodUnclear"),
        (("room", "--month", "2026-13"), "PeriodUnclear"),
    ],
)
def test_what_cannot_be_made_is_told_in_a_sentence_and_nothing_is_asked_for(
    environment: dict[str, str], database: Database, tmp_path: Path, words: tuple[str, ...], refused: str
) -> None:
    answer = report(environment, tmp_path, "make", *words, "--out", "no.pdf")
    assert (answer.returncode, answer.stderr) == (2, "")
    assert answer.stdout.startswith(refused)
    assert not (tmp_path / "no.pdf").exists()
    with psycopg.connect(database.app) as app:
        assert app.execute("select count(*) from report").fetchone() == (0,)


@contextmanager
def worker(environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "isotherm", "worker"], env=environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


async def test_a_worker_killed_while_it_prints_loses_nothing_and_makes_nothing_twice(
    press: Press, environment: dict[str, str], database: Database, tmp_path: Path
) -> None:
    """Killed as soon as it holds the report; the next worker makes it, once."""
    asked = [await press.ask("trail", "", minute(-60), minute(60 + n)) for n in range(2)]
    with psycopg.connect(database.app, autocommit=True) as app:

        def states() -> list[tuple[str, int]]:
            return app.execute("select status, tries from report order by id").fetchall()

        with worker(environment, tmp_path) as first:
            await until(lambda: any(status == Status.BEING_MADE for status, _ in states()))
            first.kill()
            first.wait(20)
            after = states()
        assert Status.BEING_MADE in {status for status, _ in after}, "it was quicker than the kill"
        kept_before = app.execute("select report_id from kept_report order by id").fetchall()
        with worker(environment, tmp_path):
            await until(lambda: {status for status, _ in states()} == {Status.READY})
        kept = app.execute("select report_id from kept_report order by id").fetchall()
        assert sorted(kept) == [(each.id,) for each in asked]
        assert kept[: len(kept_before)] == kept_before
        tries = {status_tries[1] for status_tries in states()}
        assert max(tries) == 2
        told = app.execute("select action, entity_id, count(*) from audit where action = 'report.keep' group by 1, 2")
        assert sorted(told.fetchall()) == [("report.keep", str(each.id), 1) for each in asked]
