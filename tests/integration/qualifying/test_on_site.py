"""Qualification against a plant's own database: what is installed, the vectors through the store, nothing stays."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import psycopg
import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from isotherm import cli
from isotherm.qualifying.database import database_answers
from isotherm.qualifying.installed import differing, installed_answers
from telemetry.clock import SystemClock
from telemetry.work import Pool, begin
from tests.plugins.database import Database

LEFT = "select (select count(*) from reading), (select count(*) from point), (select count(*) from ingest_batch)"


async def test_the_vectors_come_back_from_the_store_as_they_must_and_nothing_stays(
    pool: Pool, database: Database
) -> None:
    answers = await database_answers(pool, SystemClock().now())
    assert [f"{a.id}: {a.found}" for a in answers if not a.passed] == []
    names = {f"OQ E{n}" for n in range(1, 7)} | {"OQ M14", "OQ b4 live", "OQ b4 late", "OQ b4 twice", "OQ bit by bit"}
    assert {a.id for a in answers} == names | {"OQ nothing stays"}
    with psycopg.connect(database.owner) as owner:
        assert owner.execute(LEFT).fetchone() == (0, 0, 0)


async def test_an_installation_that_was_changed_is_seen(pool: Pool, database: Database) -> None:
    async def failed() -> dict[str, object]:
        async with begin(pool, "qualification", SystemClock().now()) as work:
            return {a.id: a.found for a in await installed_answers(work) if not a.passed}

    # the stories' engine may lose its data: that alone is not as it must be
    assert set(await failed()) == {"IQ writes reach the disk"}
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute("grant delete on signature to isotherm_app")
        owner.execute("update schema_migration set digest = repeat('0', 64) where name like '%0002_people.sql'")
    found = await failed()
    assert found["IQ records are for ever"] == ["signature"]
    assert str(found["IQ migrations"]).endswith("0002_people.sql")


def test_migrations_are_held_against_those_of_the_program() -> None:
    assert differing({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == "b, c"


@pytest.mark.parametrize(("language", "words"), [("en", "Qualification protocol"), ("zh", "安装与运行确认报告")])
def test_the_command_writes_a_protocol_to_be_signed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setenv("ISOTHERM_DATABASE_URL", database.app)
    out, pdf = tmp_path / "protocol.json", tmp_path / "protocol.pdf"
    told = ["--out", str(out), "--pdf", str(pdf), "--language", language, "--by", "Plant engineer"]
    answer = CliRunner().invoke(cli.build(["qualify"]), ["qualify", *told])
    assert answer.exit_code == 1, answer.output  # fsync is off in this engine, and the protocol says so
    protocol = json.loads(out.read_text("utf-8"))
    assert [a["id"] for a in protocol["answers"] if not a["passed"]] == ["IQ writes reach the disk"]
    assert protocol["database"]["engine"].startswith("PostgreSQL")
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf.read_bytes())).pages)
    assert words in text
    assert "Plant engineer" in text
    assert protocol["sha256"] in text.replace(" ", "").replace("\n", "")
