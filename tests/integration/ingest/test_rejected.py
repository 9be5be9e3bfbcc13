"""An engineer looks at what was set aside, and takes it in when the reason is gone: `isotherm rejected`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.aside import contents, dump
from gateway.door import look
from isotherm.commands.rejected import app
from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.store import Refusal, append
from telemetry.wire import Message, encode
from telemetry.work import Pool, begin
from tests.plugins.database import Database
from tests.plugins.stream import SITE

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
POINT = f"{SITE}/filling/line-1/torque"
Command = Callable[..., Awaitable[Result]]


def a_payload(sequence: int, *, edge: str = "edge-line", n: int = 3) -> bytes:
    times = [to_us(NOON) + i * 1_000_000 for i in range(n)]
    return encode(
        Message(edge, 1, sequence, batch_of([Reading(POINT, t, t, 4.5 + i, 192) for i, t in enumerate(times)]))
    )


async def set_aside(pool: Pool, *payloads: bytes) -> None:
    """As the gateway does with what it can't take in."""
    async with begin(pool, "gateway", NOON) as work:
        refused = [look(SITE, "live", f"readings.{SITE}.edge-line", None, payload) for payload in payloads]
        await append(work, [], [each for each in refused if isinstance(each, Refusal)])


@pytest.fixture
def rejected(database: Database, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, on the database of the story."""
    monkeypatch.setenv("ISOTHERM_DATABASE_URL", database.app)
    return lambda *words: asyncio.to_thread(CliRunner().invoke, app, list(words))


async def test_the_list_counts_by_reason_and_can_be_narrowed(pool: Pool, rejected: Command) -> None:
    assert "Nothing was set aside" in (await rejected("list")).output
    await set_aside(pool, a_payload(1, edge="edge-spare"), a_payload(2, edge="edge-spare"), b"value=4.9")
    told = (await rejected("list")).output
    assert "WrongEdge        2 messages, 6 readings; 2 not replayed" in told
    assert "Malformed        1 message, 0 readings; 1 not replayed" in told
    only = (await rejected("list", "--code", "Malformed")).output
    assert "Malformed: " in only
    assert "WrongEdge: " not in only


async def test_one_is_shown_with_its_reason_and_its_readings(pool: Pool, rejected: Command) -> None:
    await set_aside(pool, a_payload(7, edge="edge-spare", n=12))
    told = (await rejected("show", "1")).output
    assert "it says that it comes from edge-spare" in told
    assert "header    edge-spare, epoch 1, sequence 7, 12 readings" in told
    assert f"2026-03-01T04:00:01+00:00  {POINT}  5.5  quality 192" in told
    assert "... and 2 more" in told
    assert (await rejected("show", "99")).exit_code != 0


async def test_of_a_damaged_one_is_shown_what_can_be_read_and_its_bytes(pool: Pool, rejected: Command) -> None:
    damaged = bytearray(a_payload(7))
    damaged[-1] ^= 1
    await set_aside(pool, bytes(damaged), b"value=4.9")
    told = (await rejected("show", "1")).output
    assert "header    edge-line, epoch 1, sequence 7, 3 readings" in told
    assert "checksum does not match" in told
    assert damaged[:16].hex(" ") in told
    assert "76 61 6c 75 65 3d 34 2e 39" in (await rejected("show", "2")).output


async def test_all_of_a_reason_are_taken_in_and_what_is_still_refused_holds_up_nothing(
    pool: Pool, rejected: Command, database: Database
) -> None:
    payloads = [a_payload(n, edge="edge-spare") for n in range(1, 6)]
    await set_aside(pool, payloads[0], b"value=4.9", *payloads[1:])
    done = await rejected("replay", "--all", "--reason", "the spare edge stood in")
    assert done.exit_code == 1
    assert "15 readings stored; 1 message still refused" in done.output
    with psycopg.connect(database.owner) as owner:
        assert owner.execute("select count(*) from reading").fetchone() == (15,)
        assert owner.execute("select count(*), min(reason) from audit").fetchone() == (5, "the spare edge stood in")
        assert owner.execute("select code from ingest_rejected where replayed_at is null").fetchall() == [
            ("Malformed",)
        ]
    again = await rejected("replay", "--all", "--code", "WrongEdge", "--reason", "once more")
    assert (again.exit_code, "0 readings stored; 0 messages" in again.output) == (0, True)


@pytest.mark.parametrize("words", [[], ["1", "--all"]])
async def test_which_ones_must_be_said(rejected: Command, words: list[str]) -> None:
    assert (await rejected("replay", *words, "--reason", "why")).exit_code != 0


def test_a_reading_of_no_year_is_shown_all_the_same() -> None:
    far = encode(Message("edge-line", 1, 1, batch_of([Reading(POINT, 2**62, 0, 1.0, 192)])))
    assert contents(far).readings[0].device_us == 2**62
    assert list(dump(b"IRB2" + bytes(13), 17))[1].startswith("000010  00 ")
