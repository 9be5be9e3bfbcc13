"""The trail is proven from its first row: what was changed, taken out or cut off is found."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from mes.audit.model import Checkpoint, CheckpointUnreadable
from mes.audit.service import checkpoint, entries, verify
from telemetry.chain import GENESIS, link
from telemetry.work import Pool, begin
from tests.plugins.database import NOW, Database

VECTORS = (
    ({"action": "lot.status.change", "actor": "u:zhang.san", "after": {"status": "HOLD"},
      "before": {"status": "RELEASED"}, "entity": "lot", "entity_id": "B2601A", "reason": "温度超限 EXC-0007",
      "seq": 1, "ts": "2026-01-15T02:00:00.000000Z"},
     "0a8637256696db6a9cd905e838e7ab1d1cb2cdc4f0aba32a0215774805fa5b14"),
    ({"action": "signature.applied", "actor": "u:li.si", "after": {"meaning": "APPROVE", "status": "CLOSED"},
      "before": None, "entity": "deviation", "entity_id": "DEV-2026-0003", "reason": "调查完成",
      "seq": 2, "ts": "2026-01-15T06:30:00.000000Z"},
     "56c8dd015c3a73f601509ff779fcfaa9ff6c864b6227254abb2c574a07a8cbd2"),
    ({"action": "lot.status.change", "actor": "u:li.si", "after": {"status": "RELEASED"},
      "before": {"status": "HOLD"}, "entity": "lot", "entity_id": "B2601A", "reason": "DEV-2026-0003 USE_AS_IS",
      "seq": 3, "ts": "2026-01-15T06:31:00.000000Z"},
     "28def3a567edc494f13eac461ff37a9da9b3f99a801060913653feedc5f2f4f1"),
)  # fmt: skip


def test_known_chain() -> None:
    head = GENESIS
    for row, expected in VECTORS:
        head = link(head, row)
        assert head == expected


def test_known_chain_with_another_reason_in_its_first_row() -> None:
    head = GENESIS
    for row, _ in VECTORS:
        head = link(head, row | ({"reason": "ok"} if row["seq"] == 1 else {}))
    assert head == "20f17f1d72f900c18968fd81444a1983253701bc58aeffefc22ed209fcfd3201"


async def a_trail(pool: Pool, rows: int = 6) -> Checkpoint:
    """Some rows in two works, and the checkpoint after them."""
    for half in range(2):
        async with begin(pool, "qa", NOW) as work:
            for i in range(rows // 2):
                after = {"cause": f"excursion:{i}", "peak": 9.1, "名": "冷库", "none": None}
                work.audit("hold.place", "lot", half * 10 + i, before={}, after=after, reason="9.1 °C")
    async with begin(pool, "qa", NOW) as work:
        return await checkpoint(work)


def tamper(database: Database, statement: str, *values: Any) -> None:
    """What a superuser can do: switch the guards off, change, switch them on again."""
    with psycopg.connect(database.owner) as owner:
        owner.execute("alter table audit disable trigger all")
        owner.execute(statement, values)
        owner.execute("alter table audit enable trigger all")


async def test_an_untouched_trail_is_whole(pool: Pool) -> None:
    end = await a_trail(pool, rows=1200)
    async with begin(pool, "qa", NOW) as work:
        verdict = await verify(work, end)
    assert (verdict.rows, verdict.head, verdict.first_bad_seq) == (1200, end.head, None)


async def test_an_empty_trail_is_whole(pool: Pool) -> None:
    async with begin(pool, "qa", NOW) as work:
        assert await verify(work, await checkpoint(work)) == await verify(work)
        assert (await verify(work)).head == GENESIS


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set reason = 'ok' where seq = 4",
        "update audit set actor = 'nobody' where seq = 4",
        "update audit set entity_id = '99' where seq = 4",
        "update audit set at = at + interval '1 microsecond' where seq = 4",
        "update audit set before = null where seq = 4",
        "delete from audit where seq = 4",
        "update audit set prev_hash = repeat('0', 64) where seq = 4",
    ],
)
async def test_the_first_row_that_was_tampered_with_is_named(pool: Pool, database: Database, statement: str) -> None:
    await a_trail(pool)
    tamper(database, statement)
    async with begin(pool, "qa", NOW) as work:
        verdict = await verify(work)
    assert (verdict.rows, verdict.first_bad_seq) == (3, 4)


async def test_a_changed_value_inside_a_row_is_found(pool: Pool, database: Database) -> None:
    await a_trail(pool)
    tamper(database, "update audit set after = %s where seq = 1", json.dumps({"cause": "excursion:0", "peak": 7.9}))
    async with begin(pool, "qa", NOW) as work:
        assert (await verify(work)).first_bad_seq == 1


async def test_rows_cut_off_the_end_are_found_by_a_checkpoint_only(pool: Pool, database: Database) -> None:
    end = await a_trail(pool)
    tamper(database, "delete from audit where seq > 4")
    async with begin(pool, "qa", NOW) as work:
        assert (await verify(work)).first_bad_seq is None
        assert (await verify(work, Checkpoint.parse(str(end)))).first_bad_seq == 5


async def test_a_chain_that_was_written_anew_differs_at_the_checkpoint(pool: Pool, database: Database) -> None:
    end = await a_trail(pool)
    tamper(database, "delete from audit where seq > 0")
    async with begin(pool, "qa", NOW) as work:
        for i in range(8):
            work.audit("hold.place", "lot", i, reason="nothing happened")
    async with begin(pool, "qa", NOW) as work:
        assert (await verify(work)).first_bad_seq is None
        assert (await verify(work, end)).first_bad_seq == end.seq


async def test_the_trail_of_one_record_is_read_page_by_page(pool: Pool) -> None:
    async with begin(pool, "qa", NOW) as work:
        for i in range(5):
            work.audit("lot.step", "lot", 7, after={"i": i})
            work.audit("lot.step", "lot", 8)
    async with begin(pool, "qa", NOW) as work:
        first = await entries(work, entity="lot", entity_id=7, limit=3)
        rest = await entries(work, entity="lot", entity_id=7, limit=3, below=first[-1].seq)
    assert [row.seq for row in first + rest] == [9, 7, 5, 3, 1]
    assert first[0].after == {"i": 4}


@pytest.mark.parametrize("text", ["", "7", "7:abc", "x:" + GENESIS, "7:" + GENESIS.upper()[:-1] + "G"])
def test_a_checkpoint_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CheckpointUnreadable):
        Checkpoint.parse(text)
