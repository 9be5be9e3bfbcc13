"""An OPC UA server in a process of its own: nodes written at a steady rate, each at its own moment of the period.

Nodes with a value outside limits take it for some writes and come back, in turn; each such step is noted with its
source timestamp. SIGUSR1 makes it stop writing; its subscriptions stay.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TextIO, cast

from asyncua import ua
from asyncua.common.node import Node
from asyncua.server.server import Server

from isotherm.engines.ports import free_port
from telemetry.clock import SystemClock, to_us

NAMESPACE = "urn:isotherm:bench"
STEPS = "steps.jsonl"
READY = "ready.json"
SLICE_S = 0.01
"""Nodes that are due are written together so often."""
HUNDREDTHS = 50
"""Inside limits a value scatters over so many hundredths, as a probe's last digits do."""
INSIDE_WRITES, OUTSIDE_WRITES = 4, 3
"""A node that steps is so many writes inside limits, then so many outside."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A node `s=<name>`."""

    name: str
    inside: float
    outside: float | None = None  # None: it never steps out


@dataclass(frozen=True, slots=True)
class Task:
    """What the server serves, and how often each node is written."""

    period_s: float
    variables: tuple[Variable, ...]

    def write(self, path: Path) -> None:
        """Keep it for the process."""
        path.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Task:
        """What `write` kept."""
        facts = json.loads(path.read_text("utf-8"))
        return cls(facts["period_s"], tuple(Variable(**each) for each in facts["variables"]))


def is_outside(turn: int, write: int) -> bool:
    """Whether the n-th write of the stepping node that has this turn is outside."""
    return (write + turn) % (INSIDE_WRITES + OUTSIDE_WRITES) >= INSIDE_WRITES


class Machine:
    """The server, running."""

    def __init__(self, task: Task, steps: TextIO) -> None:
        self._task, self._steps = task, steps
        self._server = Server()
        self._nodes: list[Node] = []
        self._chance = Random(1)  # noqa: S311 - the same course in every run
        self._digits = [0] * len(task.variables)
        self._turns = {v.name: turn for turn, v in enumerate(v for v in task.variables if v.outside is not None)}
        self.is_writing = True

    async def start(self) -> str:
        """Build the nodes and listen; answers the address."""
        server, url = self._server, f"opc.tcp://127.0.0.1:{free_port()}/"
        await server.init()
        server.set_endpoint(url)
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        server.set_identity_tokens([ua.AnonymousIdentityToken])
        space = await server.register_namespace(NAMESPACE)
        for variable in self._task.variables:
            node = ua.NodeId(ua.String(variable.name), ua.Int16(space))
            self._nodes.append(await server.nodes.objects.add_variable(node, f"{space}:{variable.name}", 0.0))
        await server.start()
        return url

    async def run(self) -> None:
        """Write for ever. A machine that can't keep up leaves writes out, as a slow PLC would."""
        loop, period_s, n = asyncio.get_running_loop(), self._task.period_s, len(self._nodes)
        began, done = loop.time(), 0
        while True:
            due = int((loop.time() - began) / period_s * n)
            for number in range(max(done, due - n), due) if self.is_writing else ():
                await self._write(number % n, number // n)
            done = due
            await asyncio.sleep(SLICE_S)

    async def _write(self, place: int, write: int) -> None:
        variable, at = self._task.variables[place], SystemClock().now()
        # each write is a change, or nobody would be told
        self._digits[place] = (self._digits[place] + self._chance.randrange(1, HUNDREDTHS)) % HUNDREDTHS
        value = round(variable.inside + self._digits[place] / 100, 2)
        if variable.outside is not None and is_outside(self._turns[variable.name], write):
            value = variable.outside
            if not is_outside(self._turns[variable.name], write - 1):
                self._note(variable, at)
        stamp = cast("ua.DateTime", at)  # asyncua writes any aware datetime
        given = ua.DataValue(ua.Variant(value, ua.VariantType.Double), ua.StatusCode(), stamp, stamp)
        await self._server.write_attribute_value(self._nodes[place].nodeid, given)

    def _note(self, variable: Variable, at: datetime) -> None:
        print(json.dumps({"point": variable.name, "at_us": to_us(at)}), file=self._steps, flush=True)

    def rest(self) -> None:
        """Stop writing."""
        self.is_writing = False


async def serve(folder: Path) -> None:
    """Serve the task of the folder for ever; its address goes to the file READY there."""
    with (folder / STEPS).open("w", encoding="utf-8") as steps:
        machine = Machine(Task.read(folder / "task.json"), steps)
        url = await machine.start()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, machine.rest)
        (folder / "half.json").write_text(json.dumps({"url": url}), "utf-8")
        (folder / "half.json").replace(folder / READY)
        await machine.run()


if __name__ == "__main__":
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    asyncio.run(serve(Path(sys.argv[1])))
