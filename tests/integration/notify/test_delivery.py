"""What becomes of a message: refused, tried again, another way, killed in the middle, two at once, secrets kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest

from mes.alarms import service as alarms
from mes.alarms.model import Kind
from mes.notifications import delivering, telling
from mes.notifications.addresses import AddressUnreadable, addresses
from mes.notifications.delivering import Errand, Receipt
from mes.notifications.latency import Pace, worst
from mes.notifications.model import Channel
from tests.integration.notify.conftest import DutyRoom
from tests.plugins.cold_room import minute


class PowerCut(BaseException):
    """The notifier is killed."""


class Dying:
    """Hands the message over, and is killed before it can write the receipt."""

    at_once = 4

    def __init__(self, duty: DutyRoom) -> None:
        self.duty = duty

    async def send(self, errand: Errand) -> Receipt:
        await self.duty.sender.send(errand)
        raise PowerCut


async def test_killed_between_message_and_receipt_it_is_sent_again_under_the_same_number(duty: DutyRoom) -> None:
    await duty.store.warm_up(until=30)
    with pytest.raises(PowerCut):
        await duty.another(Dying(duty)).step()
    assert await duty.deliveries() == [("operator", "email", "waiting", 1)]
    await duty.notify(30.5)
    assert len(duty.mail.mails) == 1  # still the dead one's
    await duty.notify(31.1, 31.2, 35)
    numbers = [str(mail["X-Isotherm-Message"]) for mail in duty.mail.mails]
    assert len(numbers) == 2
    assert len(set(numbers)) == 1
    assert await duty.deliveries() == [("operator", "email", "sent", 2)]


async def test_killed_before_it_hands_anything_over_nothing_is_lost(duty: DutyRoom) -> None:
    await duty.store.warm_up(until=30)
    async with duty.store.work("notify") as work:
        assert await telling.decide(work, "http://plant.test") == 1
    async with duty.store.work("notify") as work:
        assert len(await delivering.claim(work, 8)) == 1
    await duty.notify(31.1)
    assert duty.mail.receivers == ["operator"]


async def test_two_notifiers_at_once_tell_everybody_once(duty: DutyRoom) -> None:
    await duty.put_ladder(rungs=[{"after_s": 0, "people": ["operator", "maintenance", "qa"]}])
    for n in range(5):
        await duty.raise_one(Kind.STALE, f"probe-{n}")
    notifiers = [duty.another() for _ in range(4)]
    await asyncio.gather(*(each.step() for each in notifiers))
    await asyncio.gather(*(each.step() for each in notifiers))
    assert sorted(duty.mail.receivers) == ["maintenance", "operator", "qa"]
    assert {row[2:] for row in await duty.deliveries()} == {("sent", 1)}


class Log(logging.Handler):
    """What stands in the program's log, however detailed it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] not in {
            "mail",
            "urllib3",
        }:  # the mail server of the story; what main() keeps quiet
            self.lines.append(record.getMessage())


@pytest.fixture
def program_log() -> Iterator[Log]:
    """Everything that reaches the root logger."""
    root, listener = logging.getLogger(), Log()
    before = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    yield listener
    root.setLevel(before)
    root.removeHandler(listener)


async def test_refused_four_times_another_way_is_tried_and_it_is_an_alarm(duty: DutyRoom, program_log: Log) -> None:
    await duty.reach("operator", Channel.WEBHOOK, duty.hook.url)
    rungs = [{"after_s": 0, "people": ["operator"], "channels": ["email"]}, {"after_s": 600, "people": ["qa"]}]
    await duty.put_ladder(rungs=rungs)
    duty.mail.is_refusing = True
    await duty.store.warm_up(until=30)
    await duty.notify(30, 30.1, 30.5, 31.6)
    assert [row[:3] for row in await duty.deliveries()] == [
        ("operator", "email", "failed"),
        ("operator", "webhook", "sent"),
    ]
    [post] = duty.hook.posts
    assert post["number"] in post["message"]
    async with duty.store.work() as work:
        [undelivered] = (await alarms.standing(work, Kind.UNDELIVERED)).values()
    assert (undelivered.source, undelivered.priority) == ("operator/email", "high")
    said = " ".join(program_log.lines) + undelivered.message_en
    assert "by email: Sending email to" in said
    assert "operator@plant.test" not in said
    assert "duty-phone-secret-token" not in said
    duty.mail.is_refusing = False
    await duty.raise_one(Kind.STALE, "probe")
    await duty.notify(33)
    async with duty.store.work() as work:
        assert await alarms.standing(work, Kind.UNDELIVERED) == {}


async def test_where_nobody_on_a_rung_is_reached_the_next_one_is_told_at_once(duty: DutyRoom) -> None:
    rungs = [{"after_s": 0, "people": ["operator"]}, {"after_s": 3600, "people": ["qa"]}]
    await duty.put_ladder(rungs=rungs, kinds=["temperature"])
    duty.mail.is_refusing = True
    await duty.store.warm_up(until=30)
    await duty.notify(30, 30.1, 30.5, 31.6)
    duty.mail.is_refusing = False
    await duty.notify(31.8, 32)
    assert duty.mail.receivers == ["qa"]


async def test_a_rung_of_people_without_an_address_is_passed_over(duty: DutyRoom) -> None:
    await duty.put_ladder(rungs=[{"after_s": 0, "people": ["qa-2"]}, {"after_s": 3600, "people": ["qa"]}])
    await duty.store.warm_up(until=30)
    await duty.notify(30, 30.1)
    assert duty.mail.receivers == ["qa"]
    assert (await duty.deliveries())[0] == ("qa-2", "", "failed", 0)


async def test_a_webhook_that_fails_tells_why_without_its_secret(duty: DutyRoom) -> None:
    await duty.reach("qa-2", Channel.WEBHOOK, duty.hook.url)
    await duty.put_ladder(rungs=[{"after_s": 0, "people": ["qa-2"]}])
    duty.hook.status = 503
    await duty.store.warm_up(until=30)
    await duty.notify(30)
    [(reason,)] = await duty.store.rows("select reason from delivery")
    assert "503" in reason
    assert "duty-phone-secret-token" not in reason
    duty.hook.status = 200
    await duty.notify(30.2)
    assert [post["path"] for post in duty.hook.posts] == ["/duty-phone-secret-token"] * 2
    assert "冷库" in duty.hook.posts[1]["message"]


async def test_an_address_is_kept_and_never_shown_again(duty: DutyRoom) -> None:
    url = "dingtalk://Secret0123456789@a0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    await duty.reach("qa", Channel.DINGTALK, url)
    async with duty.store.work() as work:
        hints = [each.hint for each in await addresses(work)]
    assert "dingtalk://…" in hints
    assert "o…@plant.test" in hints
    for table in ("audit", "outbox"):
        [(text,)] = await duty.store.rows(f"select coalesce(string_agg(t::text, ' '), '') from {table} t")
        assert "Secret0123456789" not in text
        assert "@plant.test" not in text


@pytest.mark.parametrize(
    ("channel", "entered"),
    [
        (Channel.EMAIL, "not an address"),
        (Channel.EMAIL, "json://127.0.0.1/x"),
        (Channel.WEBHOOK, "syslog://"),
        (Channel.WEBHOOK, "dbus://"),
        (Channel.SMS, "12"),
        (Channel.WECOM, "wecombot://"),
        (Channel.WEBHOOK, "json://" + "x" * 2000),
        (Channel.EMAIL, ""),
    ],
)
async def test_what_is_no_address_of_its_channel_is_refused(duty: DutyRoom, channel: Channel, entered: str) -> None:
    with pytest.raises(AddressUnreadable) as refused:
        await duty.reach("qa", channel, entered)
    assert refused.value.facts == {"channel": channel}  # what was entered is repeated to nobody


async def test_the_clock_of_the_story_meets_the_latency_that_is_shown(duty: DutyRoom) -> None:
    """A reading a minute, a delay of 10 minutes, a rung after 10: told 21 minutes after the last normal reading."""
    pace = Pace(edge_s=0, watch_s=1, notify_s=1, send_s=0)
    shown = worst(interval_s=60, delay_s=600, after_s=600, fold_s=60, pace=pace)
    await duty.put_ladder(rungs=[{"after_s": 600, "people": ["qa"]}])
    await duty.store.read(*((m, 5.0 if m < 20 else 8.5) for m in range(28)))
    left_at_min = 19.0  # right after this reading the room left its limits
    told_at = None
    for second in range(30 * 60):
        at = 27 + second / 60
        duty.store.clock.at = minute(at)
        if at == int(at):
            await duty.store.read((at, 8.5))
        elif second % 10 == 1:
            await duty.store.look()
        if second % 10 == 1 and await duty.another().step():
            told_at = at
            break
    assert told_at is not None
    assert told_at - left_at_min <= (shown.total_s + 20) / 60  # the story looks every ten seconds, not every second
    assert told_at - left_at_min >= (shown.total_s - 60 - 60) / 60
