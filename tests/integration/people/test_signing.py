"""Signatures: the password every time, the right role, two people where two are asked for, bound to what was signed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from mes.audit.service import entries
from mes.border import Doors, transaction
from mes.people.model import Credentials, Meaning, Person, Signature
from mes.people.refusals import (
    MeaningMismatch,
    PasswordRequired,
    PersonLocked,
    ReasonMissing,
    SameSigner,
    SignerRoleMissing,
    WrongPassword,
)
from mes.people.service import create_person, people, sign, unlock, verify_signature
from telemetry.clock import HeldClock
from telemetry.work import Pool, Work, begin
from tests.plugins.database import NOW

PASSWORD = "cold-room-two"
CONTENT = {"lot": "B2601A", "disposition": "release", "exposure_s": Decimal(2100), "at": NOW}


async def a_person(work: Work, username: str = "qa-1", *roles: str) -> Person:
    return await create_person(work, username, "QA Officer 1", roles or ("qa",), PASSWORD)


async def a_signature(
    work: Work, *, password: str = PASSWORD, meaning: Meaning | str = Meaning.APPROVED, reason: str = "no impact",
    by: str = "qa-1", not_by: tuple[int, ...] = (), meanings: tuple[Meaning, ...] = tuple(Meaning),
) -> Signature:  # fmt: skip
    return await sign(
        work, Credentials(by, password, "10.0.0.7"), meaning, reason, record_type="excursion", record_id=7,
        record_version=3, content=CONTENT, roles=("qp", "qa"), meanings=meanings, not_by=not_by,
    )  # fmt: skip


async def test_a_signature_shows_name_meaning_time_and_holds_what_was_signed(work: Work) -> None:
    await a_person(work)
    made = await a_signature(work, meaning="APPROVED")
    assert (made.printed_name, made.role, made.meaning) == ("QA Officer 1", "qa", Meaning.APPROVED)
    assert (made.signed_at, made.terminal, made.record_id, made.record_version) == (NOW, "10.0.0.7", "7", 3)
    assert await verify_signature(work, made.id, CONTENT)


async def test_a_record_that_was_edited_after_it_was_signed_is_not_signed_any_more(work: Work) -> None:
    await a_person(work)
    made = await a_signature(work)
    assert not await verify_signature(work, made.id, CONTENT | {"disposition": "reject"})


@pytest.mark.parametrize(
    ("refused", "how"),
    [
        (WrongPassword, {"password": "cold-room-one"}),
        (WrongPassword, {"by": "nobody"}),
        (PasswordRequired, {"password": ""}),
        (ReasonMissing, {"reason": "  "}),
        (MeaningMismatch, {"meaning": "liked"}),
        (MeaningMismatch, {"meaning": Meaning.AUTHORED, "meanings": (Meaning.APPROVED, Meaning.REJECTED)}),
    ],
)
async def test_a_signature_is_refused(work: Work, refused: type[Exception], how: dict[str, str]) -> None:
    await a_person(work)
    with pytest.raises(refused):
        await a_signature(work, **how)  # type: ignore[arg-type]


async def test_the_role_decides_not_the_password_alone(work: Work) -> None:
    await a_person(work, "op-1", "operator", "engineer")
    with pytest.raises(SignerRoleMissing) as refused:
        await a_signature(work, by="op-1")
    assert refused.value.facts["needs"] == "qp | qa"


async def test_who_tried_to_sign_without_the_role_is_on_record(pool: Pool, clock: HeldClock) -> None:
    doors = Doors(pool, clock)
    async with transaction(doors, "admin") as work:
        person = await a_person(work, "op-1", "operator")
    with pytest.raises(SignerRoleMissing):
        async with transaction(doors, "op-1") as work:
            await a_signature(work, by="op-1")
    async with transaction(doors, "qa-1") as work:
        (row,) = await entries(work, entity="excursion", entity_id=7)
        assert (row.action, row.after["code"], row.after["person"]) == (
            "signature.refused",
            "SignerRoleMissing",
            person.id,
        )
        assert await work.scalar("select count(*) from signature") == 0


async def test_who_performed_may_not_verify(work: Work) -> None:
    person = await a_person(work)
    with pytest.raises(SameSigner):
        await a_signature(work, not_by=(person.id,))


async def test_five_wrong_passwords_lock_and_only_an_administrator_unlocks(pool: Pool, clock: HeldClock) -> None:
    doors = Doors(pool, clock)
    async with begin(pool, "admin", NOW) as work:
        person = await a_person(work)
    for _ in range(5):
        with pytest.raises(WrongPassword):
            async with transaction(doors, "qa-1") as work:
                await a_signature(work, password="guess")
    with pytest.raises(PersonLocked):
        async with transaction(doors, "qa-1") as work:
            await a_signature(work)
    clock.advance(timedelta(days=1))
    async with transaction(doors, "admin") as work:
        (locked,) = await people(work)
        assert (locked.failures, locked.locked_at) == (5, NOW)
        rows = await (await work.db.execute("select action from audit order by seq")).fetchall()
        acts = [*["person.password.wrong"] * 5, "person.lock", "alarm.raise", "person.enter.refused"]
        assert [row[0] for row in rows][1:] == acts
        await unlock(work, person.id, version=locked.version, reason="called me from the shop floor")
    async with transaction(doors, "qa-1") as work:
        assert (await a_signature(work)).person_id == person.id


async def test_a_right_password_ends_the_row_of_wrong_ones(pool: Pool, clock: HeldClock) -> None:
    doors = Doors(pool, clock)
    async with begin(pool, "admin", NOW) as work:
        await a_person(work)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(WrongPassword):
                async with transaction(doors, "qa-1") as work:
                    await a_signature(work, password="guess")
        async with transaction(doors, "qa-1") as work:
            await a_signature(work)
