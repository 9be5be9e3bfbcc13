"""A random plant's people: each request is kept as a whole with its audit rows, or refused and gone.

The plant is one transaction that is rolled back; each request is a savepoint in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date
from itertools import count
from typing import Any, TypeVar

import psycopg
from hypothesis.stateful import RuleBasedStateMachine

from mes.audit import service as audit
from mes.people.model import Credentials
from telemetry.errors import PlantError
from telemetry.work import Work
from tests.plugins.database import NOW
from tests.plugins.filling import PASSWORD
from tests.property.mes.standing import SHANGHAI, Stands

Answer = TypeVar("Answer")


class Asking(RuleBasedStateMachine):
    """A refusal is an answer, anything else that is raised is a defect. At the end the audit trail's chain verifies."""

    def __init__(self, dsn: str, stands: Stands) -> None:
        super().__init__()
        self.stands = stands
        self.loop = asyncio.new_event_loop()
        self.now = NOW
        self.numbers = count(1)
        self.refusals: list[PlantError] = []
        self.db = self.loop.run_until_complete(psycopg.AsyncConnection.connect(dsn))

    def teardown(self) -> None:
        self.loop.run_until_complete(self._end())
        self.loop.close()

    async def _end(self) -> None:
        verdict = await audit.verify(Work("qa-1", self.now, self.db))
        await self.db.rollback()
        await self.db.close()
        assert verdict.first_bad_seq is None, verdict

    def ask(self, actor: str, request: Callable[[Work], Coroutine[Any, Any, Any]]) -> Any:
        """A request: kept with its audit rows, or refused and gone. None: refused."""
        return self.loop.run_until_complete(self._ask(actor, request))

    async def _ask(self, actor: str, request: Callable[[Work], Coroutine[Any, Any, Any]]) -> Any:
        work = Work(actor, self.now, self.db)
        before = (await audit.checkpoint(work)).seq
        try:
            async with self.db.transaction():
                answer = await request(work)
                await work.flush()
        except PlantError as error:
            self.refusals.append(error)
            return None
        assert (await audit.checkpoint(work)).seq > before, "a change without its audit row"
        return answer

    def look(self, request: Callable[[Work], Coroutine[Any, Any, Answer]]) -> Answer:
        return self.loop.run_until_complete(request(Work("test", self.now, self.db)))

    def signed(self, who: str) -> Credentials:
        return Credentials(who, PASSWORD, "tablet-1")

    @property
    def today(self) -> date:
        return self.now.astimezone(SHANGHAI).date()

    @property
    def zone_id(self) -> int:
        return self.stands.zone_id
