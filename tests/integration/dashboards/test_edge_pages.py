"""A plant engineer at the pages of edges: which is abnormal and why, what was set aside, and taking it in after all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import count

import pytest

from gateway.door import look
from gateway.edge_configs import Saying, store_outcome
from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from telemetry.batch import BatchBuilder, Reading, batch_of
from telemetry.clock import to_us
from telemetry.quality import Quality
from telemetry.store import Arrival, Refusal, append, arrival
from telemetry.wire import Message, encode
from telemetry.work import begin
from tests.integration.dashboards.visitor import Plant
from tests.plugins.database import NOW

SITE = "hainan"
EDGE = "edge-line"
TORQUE = f"{SITE}/filling/line-1/torque"
_sequences = count(1)


async def says(plant: Plant, measures: Mapping[str, float], *, ago_s: float = 0) -> None:
    """The edge tells of itself."""
    at = to_us(NOW - timedelta(seconds=ago_s))
    builder = BatchBuilder()
    for measure, value in measures.items():
        builder.add(f"{SITE}/edges/{EDGE}/{measure}", at, at, value, Quality.GOOD)
    async with begin(plant.pool, "gateway", NOW) as work:
        await append(work, [arrival(Message(EDGE, 1, next(_sequences), builder.take()), "live", site=SITE)])


async def aside(plant: Plant, payload: bytes) -> int:
    """A message comes that can't be stored; answers its number."""
    seen = look(SITE, "live", f"readings.{SITE}.{EDGE}", None, payload)
    async with begin(plant.pool, "gateway", NOW) as work:
        await append(work, *(([seen], []) if isinstance(seen, Arrival) else ([], [seen])))
        assert isinstance(seen, Refusal)
        return int(await work.scalar("select max(id) from ingest_rejected"))


def under_a_foreign_name() -> bytes:
    at = to_us(NOW)
    return encode(Message("edge-spare", 1, 7, batch_of([Reading(TORQUE, at - n, at, 4.9, 192) for n in range(25)])))


async def test_the_card_of_an_edge_says_why_it_is_abnormal_and_the_others_stay_grey(plant: Plant) -> None:
    await says(plant, {"backlog": 40, "backlog-age": 95, "clock-offset": -3.4, "link-filling-line": 0})
    page = await (await plant.visit("engineer")).open("/edges")
    card = page.marked(f"edge-row-{EDGE}").attributes
    assert (card["data-state"], card["data-tone"]) == ("abnormal", "high")
    why = page.marked(f"why-{EDGE}").text
    for told in ("filling-line: not reached", "waits for 1 min 35 s", "3.4 s behind"):
        assert told in why
    assert page.marked("edge-row-edge-fleet").attributes["data-state"] == "abnormal"  # something of it is set aside
    assert page.marked("edge-row-edge-cold-store").attributes["data-state"] == "normal"
    assert page.marked("edges-abnormal").text == "2of 3 edges abnormal"


async def test_an_edges_own_page_says_all_it_tells_and_what_to_do(plant: Plant) -> None:
    await says(
        plant, {"fsync-p99": 0.0074, "certificate-days": 12, "link-plc": 2, "round-trip-plc": 0.02, "taken": 14449}
    )
    page = await (await plant.visit("engineer")).open(f"/edges/{EDGE}")
    assert page.marked("own-fsync-p99").text == "7.4 ms"
    assert page.marked("own-taken").text == "14449"
    assert not page.has("own-clock-offset")  # it does not tell it: that is not 0
    assert "20.0 ms" in page.marked("device-plc").text
    assert "isotherm edge cert" in page.marked(f"why-{EDGE}").text
    fates = page.marked(f"fates-{EDGE}").text.split()
    assert "".join(fates) == "Taken84965=Stored84956+Duplicate6+Rejected3"


async def test_a_lost_edge_is_told_as_lost_and_its_old_words_look_old(plant: Plant) -> None:
    await says(plant, {"link-plc": 0, "backlog": 1}, ago_s=600)
    found = Occurrence(
        kind=Kind.EDGE_LOST, source=EDGE, priority=Priority.HIGH, message_en="", message_zh="", raised_at=NOW
    )
    async with begin(plant.pool, "watch", NOW) as work:
        await alarms.raise_alarm(work, found)
    page = await (await plant.visit("engineer")).open("/edges")
    why = page.marked(f"why-{EDGE}").text
    assert "Nothing comes from it since" in why
    assert "not reached" not in why
    assert "as of" in page.marked(f"edge-row-{EDGE}").text


async def test_what_became_of_a_config_from_afar_stands_line_by_line(plant: Plant) -> None:
    reasons = ["edge.yaml:14: groups.rooms.period_s: must be above 0", "edge.yaml:20: devices[0].url: is missing"]
    async with begin(plant.pool, "edge:edge-line", NOW) as work:
        await store_outcome(work, Saying(EDGE, "2026-01-15", 1, NOW, 4, "ab", "accepted", []))
        await store_outcome(work, Saying(EDGE, "2026-01-15", 2, NOW, 5, "cd", "refused", reasons))
    engineer = await plant.visit("engineer")
    refused = (await engineer.open(f"/edges/{EDGE}")).marked("outcome-5-refused").text
    assert all(reason in refused for reason in reasons)
    assert "Config version 5: refused" in " ".join((await engineer.open("/edges")).marked(f"why-{EDGE}").text.split())


async def test_an_edge_that_nobody_knows_gets_a_page_that_says_so(plant: Plant) -> None:
    page = await (await plant.visit("engineer")).open("/edges/edge-nowhere")
    assert (page.status, page.code) == (404, "EdgeUnknown")


async def test_what_was_set_aside_is_counted_by_reason_and_can_be_looked_at(plant: Plant) -> None:
    number = await aside(plant, under_a_foreign_name())
    engineer = await plant.visit("engineer")
    page = await engineer.open("/edges?code=WrongEdge")
    assert page.has(f"set-aside-{number}")
    assert page.marked("still-aside").text == "2"
    assert not any(e.attributes.get("data-testid") == "set-aside-1" for e in page.elements)  # another reason
    payload = (await engineer.open(f"/edges/set-aside/{number}")).marked("payload").text
    assert payload.count(TORQUE) == 20
    assert "and 5 more" in payload


async def test_of_what_nobody_can_read_the_first_bytes_are_shown(plant: Plant) -> None:
    number = await aside(plant, b"temperature=4.9;<script>alert(1)</script>")
    page = await (await plant.visit("qa", "zh")).open(f"/edges/set-aside/{number}")
    payload = page.marked("payload").text
    assert "74 65 6d 70" in payload
    assert "temperature=4.9;" in payload
    assert "<script>alert" not in page.html
    assert "无法读取" in page.html


async def test_an_engineer_takes_it_in_after_all_and_the_trail_knows_why(plant: Plant) -> None:
    number = await aside(plant, under_a_foreign_name())
    engineer = await plant.visit("engineer")
    await engineer.open(f"/edges/set-aside/{number}")
    page = await engineer.send(f"/edges/set-aside/{number}/replay", reason="   ")
    assert page.refused == {"reason_given"}
    await engineer.open(f"/edges/set-aside/{number}")
    page = await engineer.send(f"/edges/set-aside/{number}/replay", reason="the spare edge stood in")
    assert page.code == "ingest.replayed"
    assert "the spare edge stood in" in page.html
    assert not page.has("replay-submit")
    async with begin(plant.pool, "test", NOW) as work:
        assert await work.scalar("select actor from audit where action = 'ingest.replay'") == "engineer"
        assert await work.scalar("select sum(taken - stored - duplicate - rejected) from ingest_fate") == 0


async def test_what_is_still_refused_stays_set_aside_and_says_why(plant: Plant) -> None:
    number = await aside(plant, b"rubbish")
    qa = await plant.visit("qa")
    await qa.open(f"/edges/set-aside/{number}")
    page = await qa.send(f"/edges/set-aside/{number}/replay", reason="once more")
    assert page.code == "Malformed"
    assert (await qa.open(f"/edges/set-aside/{number}")).has("replay-submit")


@pytest.mark.parametrize("role", ["operator", "warehouse", "maintenance"])
async def test_others_may_look_and_not_take_in(plant: Plant, role: str) -> None:
    number = await aside(plant, under_a_foreign_name())
    visitor = await plant.visit(role)
    page = await visitor.open(f"/edges/set-aside/{number}")
    assert not page.has("replay-submit")
    page = await visitor.open("/edges")
    token = next(e.attributes["value"] for e in page.elements if e.attributes.get("name") == "csrf_token")
    page = await visitor.send(f"/edges/set-aside/{number}/replay", reason="let me", csrf_token=token)
    assert page.code == "RoleMissing"
    async with begin(plant.pool, "test", NOW) as work:
        assert await work.scalar("select replayed_at from ingest_rejected where id = %(id)s", id=number) is None
