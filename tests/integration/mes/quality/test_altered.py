"""A superuser alters a signed record behind the application: nothing is built upon it any more, and it is on record."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import psycopg
import pytest

from mes.changes import service as changes
from mes.orders import service as orders
from mes.people.intact import RecordNotAsSigned
from mes.recipes import service as recipes
from tests.integration.mes.quality.test_capa import carried_out, sign
from tests.integration.mes.quality.test_changes import SUBJECT, approved, step
from tests.integration.recipes.test_recipes import RECORD, approve, put_in_force, submitted
from tests.plugins.cold_room import ColdStore
from tests.plugins.database import Database


def alter(database: Database, table: str, statement: str) -> None:
    """What a superuser can do: switch the guards off, change, switch them on again."""
    with psycopg.connect(database.owner) as owner:
        owner.execute(f"alter table {table} disable trigger all".encode())
        owner.execute(statement.encode())
        owner.execute(f"alter table {table} enable trigger all".encode())


async def on_record(store: ColdStore) -> list[tuple[str, str]]:
    """What was found broken, and what differed."""
    found = await store.rows(
        "select entity, after -> 'differs' ->> 0 from audit where action = 'signature.broken' order by seq"
    )
    return [(entity, differs) for entity, differs in found]


async def test_an_altered_change_allows_nothing_and_goes_no_further(cold_store: ColdStore, database: Database) -> None:
    found = await approved(cold_store)
    alter(database, "change_control", "update change_control set description = 'limit up to 30 degrees'")
    with pytest.raises(RecordNotAsSigned):
        async with cold_store.work() as work:
            await changes.demand(work, found.number, SUBJECT, "version 2 put in force")
    with pytest.raises(RecordNotAsSigned):
        await step(cold_store, found, "implement")
    assert await on_record(cold_store) == [("change", "description")] * 2
    assert await cold_store.count("change_use") == 0


async def test_an_altered_capa_is_not_closed(cold_store: ColdStore, database: Database) -> None:
    found = await carried_out(cold_store)
    alter(database, "capa", "update capa set threshold = 'ten excursions'")
    with pytest.raises(RecordNotAsSigned) as refused:
        await sign(cold_store, found, "close", result="nine excursions")
    assert refused.value.differs == ["threshold"]
    assert await on_record(cold_store) == [("capa", "threshold")]


async def test_by_an_altered_master_record_no_order_is_released(cold_store: ColdStore, database: Database) -> None:
    await cold_store.rows(
        "insert into equipment (path, kind, name_en, name_zh) values ('hainan/line', 'line', 'L', '线') returning id"
    )
    record = replace(RECORD, unit="1")
    found = await put_in_force(cold_store, await approve(cold_store, await submitted(cold_store, record)))
    alter(
        database, "master_record", "update master_record set document = jsonb_set(document, '{shelf_life_days}', '9')"
    )
    async with cold_store.work("lead") as work:
        [(line_id,)] = await (await work.db.execute(b"select id from equipment where kind = 'line'")).fetchall()
        order = await orders.plan_order(work, item="PEN", equipment_id=line_id, quantity=Decimal(100))
    with pytest.raises(RecordNotAsSigned):
        async with cold_store.work("lead") as work:
            await orders.release_order(work, order.id, version=order.version)
    assert await cold_store.count("batch_record") == 0
    assert await on_record(cold_store) == [("recipe", "document")]
    async with cold_store.work() as work:
        assert (await recipes.recipe(work, found.id)).record.shelf_life_days == 9


async def test_an_altered_master_record_is_not_put_in_force(cold_store: ColdStore, database: Database) -> None:
    found = await approve(cold_store, await submitted(cold_store))
    alter(database, "master_record", "update master_record set document = jsonb_set(document, '{unit}', '\"kg\"')")
    with pytest.raises(RecordNotAsSigned):
        await put_in_force(cold_store, found)
