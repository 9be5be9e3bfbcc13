"""What the database itself refuses: as the programs' role, and as the owner of the schema."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from mes.audit.service import entries
from mes.border import ChangeForbidden, Doors, transaction
from mes.people.model import Credentials
from mes.people.service import create_person, sign
from telemetry.clock import HeldClock
from telemetry.work import Pool, begin
from tests.plugins.database import NOW, Database

GROWS = (
    "audit", "signature", "training_record", "audit_checkpoint", "audit_review", "alarm_journal", "kept_report",
    "lot_lineage", "stability_entry", "certificate", "reading",
)  # fmt: skip
PASSING = {"session", "outbox", "api_answer", "audit_proof", "schema_migration"}


async def a_signature(pool: Pool) -> None:
    async with begin(pool, "admin", NOW) as work:
        await create_person(work, "qa-1", "QA Officer 1", ["qa"], "cold-room-two")
        await sign(
            work, Credentials("qa-1", "cold-room-two"), "approved", "no impact", record_type="lot", record_id=1,
            record_version=1, content={"lot": "B2601A"}, roles=["qa"],
        )  # fmt: skip


async def test_a_signature_stays_whoever_asks(pool: Pool, database: Database) -> None:
    await a_signature(pool)
    for change in ("update signature set reason = 'ok'", "delete from signature", "truncate signature cascade"):
        with psycopg.connect(database.app) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(change)
        with psycopg.connect(database.owner) as owner, pytest.raises(psycopg.errors.RestrictViolation) as refused:
            owner.execute(change)
        assert "is append-only" in str(refused.value)


async def test_a_role_that_was_given_every_right_is_refused_all_the_same(pool: Pool, database: Database) -> None:
    """Not the grants alone hold: a mistaken grant opens nothing."""
    await a_signature(pool)
    with psycopg.connect(database.owner) as owner:
        owner.execute("grant all on all tables in schema public to isotherm_app")
        owner.commit()
    for change in ("update signature set reason = 'ok'", "delete from person", "truncate audit", "delete from lot"):
        with psycopg.connect(database.app) as app:
            app.execute("insert into item (code, kind, name_en, name_zh, unit) values ('X', 'raw', 'X', 'X', 'g')")
            app.execute(
                "insert into lot (number, item_id, quality_status, quantity, unit, received_at)"
                " select 'L', id, 'quarantine', 1, 'g', now() from item"
            )
            with pytest.raises(psycopg.errors.RestrictViolation):
                app.execute(change)


async def test_every_table_of_records_refuses_delete_and_truncate(database: Database) -> None:
    """Tables that somebody adds later are guarded without being named."""
    with psycopg.connect(database.owner) as owner:
        tables = owner.execute(
            "select c.oid, c.relname from pg_class c where c.relnamespace = 'public'::regnamespace"
            " and c.relkind in ('r', 'p') and not c.relispartition"
        ).fetchall()
        guarded = {oid: set[str]() for oid, _ in tables}
        for oid, name in owner.execute("select tgrelid, tgname from pg_trigger where not tgisinternal").fetchall():
            guarded.get(oid, set()).add(name)
    bare = [
        name for oid, name in tables
        if name not in PASSING
        and not ({f"{name}_no_delete", f"{name}_append_only"} & guarded[oid] and f"{name}_no_truncate" in guarded[oid])
    ]  # fmt: skip
    assert bare == []
    assert len(tables) > 60


async def test_what_only_grows_is_truncated_by_nobody(database: Database) -> None:
    for table in GROWS:
        truncate = sql.SQL("truncate {} cascade").format(sql.Identifier(table))
        with psycopg.connect(database.owner) as owner, pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(truncate)


async def test_an_attempt_that_the_database_refuses_is_on_record(pool: Pool, clock: HeldClock) -> None:
    await a_signature(pool)
    doors = Doors(pool, clock)
    with pytest.raises(ChangeForbidden):
        async with transaction(doors, "key:erp") as work:
            await work.run("update signature set reason = 'ok'")
    async with begin(pool, "qa", NOW) as work:
        (row,) = await entries(work, entity="request")
    assert (row.actor, row.action, row.after["code"]) == ("key:erp", "request.refused", "ChangeForbidden")
    assert "signature" in row.after["reason"]
