"""Who administers people holds no duty, gives themselves none, and says why."""

from __future__ import annotations

import pytest

from mes.people import service as people
from mes.people import sessions
from mes.people.refusals import (
    AdministratorHasDuties,
    KeyRevokedWithoutReason,
    OwnRolesChanged,
    PersonChangeWithoutReason,
)
from telemetry.work import Pool, begin
from tests.plugins.database import NOW

PASSWORD = "a password of the tests"


async def test_an_administrator_has_no_right_to_the_plants_records(pool: Pool) -> None:
    async with begin(pool, "setup", NOW) as work:
        admin = await people.create_person(work, "admin-1", "Admin", ["admin"], PASSWORD)
        operator = await people.create_person(work, "operator-1", "Operator", ["operator"], PASSWORD)
        with pytest.raises(AdministratorHasDuties):
            await people.create_person(work, "both", "Both", ["admin", "qp"], PASSWORD)
    async with begin(pool, "admin-1", NOW) as work:
        with pytest.raises(AdministratorHasDuties):
            await people.set_roles(work, operator.id, ["operator", "admin"], version=operator.version, reason="asked")
        with pytest.raises(OwnRolesChanged):
            await people.set_roles(work, admin.id, ["qp"], version=admin.version, reason="for a day")
        assert (await people.person_by_id(work, admin.id)).roles == ["admin"]


async def test_no_persons_record_changes_without_a_reason(pool: Pool) -> None:
    async with begin(pool, "admin-1", NOW) as work:
        person = await people.create_person(work, "operator-1", "Operator", ["operator"], PASSWORD)
        key = (await sessions.issue_key(work, "erp", ["lead"])).key
        about = {"version": person.version, "reason": " "}
        for change in (
            people.set_roles(work, person.id, ["qa"], **about),  # type: ignore[arg-type]
            people.unlock(work, person.id, **about),  # type: ignore[arg-type]
            people.set_password(work, person.id, PASSWORD, **about),  # type: ignore[arg-type]
            people.set_active(work, person.id, False, **about),  # type: ignore[arg-type]
        ):
            with pytest.raises(PersonChangeWithoutReason):
                await change
        with pytest.raises(KeyRevokedWithoutReason):
            await sessions.revoke_key(work, key.id, reason=" ")
        assert await people.person_by_id(work, person.id) == person
