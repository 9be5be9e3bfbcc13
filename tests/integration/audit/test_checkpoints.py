"""Daily ends of the trail: kept inside, handed out, and what they show after somebody cut rows off."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from isotherm.commands.audit import app
from mes.audit.checkpoints import CheckpointsUnreadable, keep_daily, kept, read_lines
from mes.audit.model import Checkpoint
from telemetry.work import Pool, begin
from tests.plugins.database import NOW, Database

HEAD = "ab" * 32


async def three_days(pool: Pool) -> None:
    """Four rows a day, and the end of each day written down."""
    for day in range(3):
        async with begin(pool, "qa", NOW + timedelta(days=day)) as work:
            for i in range(4):
                work.audit("hold.place", "lot", day * 4 + i, reason="9.1 °C")
        async with begin(pool, "notifier", NOW + timedelta(days=day)) as work:
            assert await keep_daily(work) is not None


async def ran(database: Database, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    """Exit code and what a command told; on a thread of its own, since it brings its own event loop."""
    monkeypatch.setenv("ISOTHERM_DATABASE_URL", database.app)
    result = await asyncio.to_thread(CliRunner().invoke, app, [*words])
    return result.exit_code, " ".join(result.output.split())


def as_superuser(database: Database, *statements: str) -> None:
    with psycopg.connect(database.owner) as owner:
        owner.execute("set session_replication_role = replica")
        for statement in statements:
            owner.execute(statement)


async def test_one_end_a_day_of_the_plants_calendar(pool: Pool) -> None:
    await three_days(pool)
    late = NOW + timedelta(days=2, hours=14, minutes=39)  # 15:59 UTC: 23:59 in Shanghai
    async with begin(pool, "notifier", late) as work:
        assert await keep_daily(work) is None
    async with begin(pool, "notifier", late + timedelta(minutes=1)) as work:
        assert await keep_daily(work) is not None
        ends = await kept(work)
    assert [(each.day.day, each.seq, each.count) for each in ends] == [
        (15, 4, 4),
        (16, 8, 8),
        (17, 12, 12),
        (18, 12, 12),
    ]


async def test_rows_cut_off_the_end_are_named_from_inside_and_from_outside(
    pool: Pool, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await three_days(pool)
    outside = tmp_path / "checkpoints.jsonl"
    assert (await ran(database, monkeypatch, "checkpoints", "--out", str(outside)))[0] == 0
    code, told = await ran(database, monkeypatch, "verify")
    assert (code, "whole: 12 rows" in told, "3 checkpoints" in told) == (0, True, True)
    as_superuser(database, "delete from audit where seq > 10")
    code, told = await ran(database, monkeypatch, "verify")
    assert (code, "broken at row 11" in told) == (1, True)
    as_superuser(database, "delete from audit_checkpoint where seq > 10")  # and the traces removed as well
    assert (await ran(database, monkeypatch, "verify"))[0] == 0  # nothing inside tells it any more
    code, told = await ran(database, monkeypatch, "verify", "--checkpoints", str(outside))
    assert (code, "broken at row 11" in told) == (1, True)


async def test_a_chain_written_anew_differs_where_its_first_checkpoint_was_taken(
    pool: Pool, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await three_days(pool)
    as_superuser(database, "delete from audit")
    async with begin(pool, "qa", NOW) as work:
        for i in range(12):
            work.audit("hold.place", "lot", i, reason="nothing happened")
    code, told = await ran(database, monkeypatch, "verify")
    assert (code, "broken at row 4" in told) == (1, True)


def test_exported_lines_and_short_ones_are_read() -> None:
    text = f'{{"at":"2026-01-15T01:20:00.000000Z","count":4,"day":"2026-01-15","head":"{HEAD}","seq":4}}\n\n8:{HEAD}\n'
    assert read_lines(text) == [Checkpoint(4, HEAD), Checkpoint(8, HEAD)]


@pytest.mark.parametrize(
    "text", ["{", '{"seq": 4}', '{"seq": "x", "head": "y"}', "4", f"{HEAD}", "[1]", '{"seq":4,"head":7}']
)
def test_what_is_no_checkpoint_is_named_by_line(text: str) -> None:
    with pytest.raises(CheckpointsUnreadable) as refused:
        read_lines(f"4:{HEAD}\n{text}\n")
    assert refused.value.facts["line"] == 2


async def verified_by_hand(database: Database) -> tuple[int, str]:
    """Exit code and what `isotherm audit verify` told, typed at a terminal of its own."""
    command = [sys.executable, "-m", "isotherm", "audit", "verify"]
    environment = os.environ | {"ISOTHERM_DATABASE_URL": database.app}
    ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False, env=environment)
    return ran.returncode, " ".join(ran.stdout.split()) + ran.stderr


@pytest.mark.parametrize(
    "change",
    [
        "update audit set reason = 'ok' where seq in (6, 9)",
        "update audit set at = at + interval '1 second' where seq = 6",
        "update audit set after = '{}' where seq = 6",
        "delete from audit where seq = 6",
        "update audit set seq = -seq where seq in (6, 7); update audit set seq = 13 + seq where seq < 0",
    ],
)
async def test_the_command_names_the_first_row_that_somebody_changed(
    pool: Pool, database: Database, change: str
) -> None:
    await three_days(pool)
    code, told = await verified_by_hand(database)
    assert (code, "whole: 12 rows" in told) == (0, True)
    as_superuser(database, change)
    assert await verified_by_hand(database) == (1, "broken at row 6: it is not what was written then")
