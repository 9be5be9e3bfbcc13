"""An order's progress is the sum of what happened: at the page, over HTTP, in the ledger; and a replay adds nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import pytest

from dashboards.app import build
from mes.border import Doors
from mes.people.sessions import issue_key
from mes.recipes.document import Step, StepKind
from tests.integration.dashboards.visitor import Page, Visitor
from tests.integration.materials.conftest import STEPS, Dispensary, a_need
from tests.plugins.cold_room import PASSWORD
from tests.plugins.web import UNHURRIED

COUNT = Step(code="count", kind=StepKind.YIELD, text_en="Count", text_zh="清点")
LEDGER = """
    select coalesce(sum(-m.quantity) filter (where m.kind = 'issue'), 0),
           coalesce(sum(m.quantity) filter (where m.kind = 'return'), 0),
           coalesce(sum(m.quantity) filter (where m.kind = 'yield'), 0)
      from stock_movement m
"""
REJECTED = "select coalesce(sum(number), 0) from batch_value where name = 'rejected'"


@dataclass(slots=True)
class Crew:
    """A program with the rights of the line; every request has its key and can be sent again."""

    client: httpx.AsyncClient
    page: Visitor
    sent: list[httpx.Request] = field(default_factory=list)

    async def post(self, path: str, **body: Any) -> Any:
        key = {"Idempotency-Key": f"request-{len(self.sent)}"}
        request = self.client.build_request("POST", f"/api/{path}", json=body, headers=key)
        answer = await self.client.send(request)
        assert answer.status_code in {200, 201}, (path, answer.text)
        self.sent.append(request)
        return answer.json()

    async def get(self, path: str) -> Any:
        return (await self.client.get(f"/api/{path}")).json()

    async def replay(self) -> None:
        """Everything once more, as after a torn connection."""
        for request in self.sent:
            answer = await self.client.send(
                self.client.build_request("POST", request.url, content=request.content, headers=request.headers)
            )
            assert answer.status_code in {200, 201}, (request.url, answer.text)
            assert answer.headers["Idempotent-Replay"] == "true"


@pytest.fixture
async def crew(dispensary: Dispensary) -> Any:
    here = dispensary.plant
    async with here.work("admin") as work:
        issued = await issue_key(work, "line", ["operator", "lead", "warehouse"])
    app = build(Doors(here.pool, here.clock), rates=UNHURRIED)
    transport, url = httpx.ASGITransport(app), "http://plant"
    bearer = {"Authorization": f"Bearer {issued.secret}"}
    async with (
        httpx.AsyncClient(transport=transport, base_url=url, headers=bearer) as client,
        httpx.AsyncClient(transport=transport, base_url=url, cookies={"language": "en"}) as browser,
    ):
        visitor = Visitor(browser)
        await visitor.sign_in("operator", PASSWORD)
        yield Crew(client, visitor)


async def told(here: Dispensary, crew: Crew, order_id: int) -> dict[str, Decimal]:
    """Progress as the API tells it, once the page and the ledger have told the same."""
    said = (await crew.get(f"orders/{order_id}"))["progress"]
    [line] = said["materials"]
    found = {name: Decimal(line[name]) for name in ("issued", "returned", "consumed")}
    found |= {name: Decimal(said[name]) for name in ("made", "rejected", "sampled")}
    [(issued, returned, made)] = await here.plant.rows(LEDGER)
    [(rejected,)] = await here.plant.rows(REJECTED)
    assert (found["issued"], found["returned"], found["made"]) == (issued, returned, made)
    assert (found["consumed"], found["rejected"]) == (issued - returned, rejected)
    page = await crew.page.open(f"/orders/{order_id}")
    assert shown(page, "order-made")[0] == made
    assert shown(page, "order-rejected")[0] == rejected
    assert shown(page, "order-line-10")[-3:] == [issued, returned, issued - returned]
    return found


def shown(page: Page, testid: str) -> list[Decimal]:
    return [Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", page.marked(testid).text)]


async def test_progress_is_the_sum_of_its_events_and_stays_it(dispensary: Dispensary, crew: Crew) -> None:
    here = dispensary
    await here.lot("RM-1", "20")
    batch = await here.run(a_need(), steps=(*STEPS, COUNT))
    order_id = (await crew.get(f"batches/{batch}"))["order"]["id"]
    assert set((await told(here, crew, order_id)).values()) == {Decimal(0)}

    first = await crew.post(f"batches/{batch}/issues", lot="RM-1", quantity="7", idempotency_key="scan-0001")
    await crew.post(f"batches/{batch}/issues", lot="RM-1", quantity="5.56", idempotency_key="scan-0002")
    back = {"issue_id": first["id"], "quantity": "0.06", "zone_id": here.zone_id, "reason": "left over"}
    await crew.post(f"batches/{batch}/returns", **back, idempotency_key="back-0001")
    under_way = await told(here, crew, order_id)
    assert [under_way[name] for name in ("issued", "returned", "consumed")] == [
        Decimal("12.56"),
        Decimal("0.06"),
        Decimal("12.5"),
    ]

    await work_on(crew, batch)
    version = (await crew.get(f"orders/{order_id}"))["version"]
    await crew.post(f"orders/{order_id}/complete", version=version, quantity="95", zone_id=here.zone_id)
    at_the_end = await told(here, crew, order_id)
    assert [at_the_end[name] for name in ("made", "rejected", "sampled")] == [95, 3, 2]

    await crew.replay()
    assert await told(here, crew, order_id) == at_the_end
    again = {"lot": "RM-1", "quantity": "7", "idempotency_key": "scan-0001"}  # the scanner's own key, in a new request
    assert (await crew.post(f"batches/{batch}/issues", **again))["again"] is True
    assert await told(here, crew, order_id) == at_the_end


async def work_on(crew: Crew, batch: int) -> None:
    """The operation's two steps are reported, and it is completed."""
    record = await crew.get(f"batches/{batch}/record")
    [operation] = record["operations"]
    for code, values in (("weigh", {}), ("count", {"good": "95", "rejected": "3", "sampled": "2"})):
        steps = (await crew.get(f"batches/{batch}/record"))["steps"]
        step = next(each for each in steps if each["code"] == code)
        await crew.post(f"steps/{step['id']}/report", version=step["version"], values=values)
    version = (await crew.get(f"operations/{operation['id']}"))["version"]
    signed = {"username": "operator", "password": PASSWORD}
    await crew.post(f"operations/{operation['id']}/complete", version=version, **signed)
