"""The policy asks for three persons: who leaves, or loses a role or an address, makes the calling too thin (point d4).

A folder that names too few is refused when it is applied; what changes afterwards is found while the plant runs.
"""

from __future__ import annotations

from dataclasses import replace

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, Priority
from mes.notifications.addresses import addresses, remove_address
from mes.notifications.model import Channel
from mes.people import service as people
from models.policy import People
from tests.integration.mes.watch.test_whole_policies import POLICY
from tests.integration.notify.conftest import DutyRoom

THREE = replace(POLICY, people=People(least=3, citation="China GSP, Appendix 3"))
ROOMS = {"people:cold-room-1", "people:cold-room-2"}


async def too_few(duty: DutyRoom, at: float) -> dict[str, Alarm]:
    """Standing alarms about people after the notifier has looked."""
    await duty.notify(at)
    async with duty.store.work() as work:
        return await alarms.standing(work, Kind.CONFIGURATION)


async def end_roles(duty: DutyRoom, username: str) -> None:
    async with duty.store.work("admin") as work:
        [person] = [each for each in await people.people(work) if each.username == username]
        await people.set_roles(work, person.id, [], version=person.version, reason="left the plant")


async def test_somebody_leaves_and_the_rooms_call_that_too_few_are_reached(duty: DutyRoom) -> None:
    await duty.store.judge_by(THREE)
    assert await too_few(duty, 0) == {}  # the operator, maintenance and qa
    await end_roles(duty, "maintenance")
    stand = await too_few(duty, 1)
    assert stand.keys() == ROOMS
    told = stand["people:cold-room-2"]
    assert told.priority is Priority.HIGH
    assert told.message_en == "Cold room 2: alarms must reach 3 persons and reach 2 with an address"
    assert told.message_zh == "2号冷库：报警须通知至少 3 人，目前仅 2 人有可用地址"
    assert told.zone_id == duty.store.rooms["cold-room-2"]
    await duty.reach("maintenance-2", Channel.EMAIL, "maintenance-2@plant.test")
    assert await too_few(duty, 2) == {}  # a colleague of the role takes over
    assert await duty.store.count("alarm where kind = 'configuration' and cleared_at is not null") == 2


async def test_an_address_that_goes_makes_a_person_nobody(duty: DutyRoom) -> None:
    await duty.store.judge_by(THREE)
    assert await too_few(duty, 0) == {}
    async with duty.store.work("admin") as work:
        [person] = [each for each in await people.people(work) if each.username == "operator"]
        [address] = await addresses(work, person.id)
        await remove_address(work, address.id, reason="the phone was given back")
    assert (await too_few(duty, 1)).keys() == ROOMS


async def test_where_no_policy_asks_for_a_number_nobody_is_counted(duty: DutyRoom) -> None:
    await end_roles(duty, "maintenance")
    assert await too_few(duty, 0) == {}
