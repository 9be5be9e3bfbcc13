"""The demo plant: a plant on one machine with simulated machines, a past, stock, people and a failure to come."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from isotherm.commands.sim import socket_of
from isotherm.connection import connected
from isotherm.demo_batches import run_batches
from isotherm.demo_forecast import model_demo
from isotherm.demo_gauges import lay_out
from isotherm.demo_history import store_history
from isotherm.demo_maintenance import maintain
from isotherm.demo_phones import give_phones
from isotherm.demo_policies import propose_colder_freezer, shorten_delays
from isotherm.demo_proof import prove
from isotherm.demo_recalls import rehearse_recall
from isotherm.demo_sensors import calibrate_demo
from isotherm.demo_shipments import ship_demo
from isotherm.demo_stock import stock_demo
from isotherm.demo_trips import send_trucks
from isotherm.engines import postgres
from isotherm.first_entry import FirstEntry, first_key, let_in
from isotherm.private import read_facts, write_facts
from isotherm.progress import console, step
from isotherm.running import Plant
from isotherm.supervisor import Service
from mes.plant import service as plant_model
from mes.plant.apply import apply
from mes.plant.check import PlantModel, read_plant
from simulators import control
from telemetry.clock import SystemClock
from telemetry.work import Pool, begin

FOLDER = Path(__file__).parent / "plants" / "demo"
SITE = "hainan"
SEED = 1
ACTOR = "demo"


@dataclass(frozen=True, slots=True)
class Demo:
    """What a person chose for the demo plant."""

    speed: float
    scenario: str

    async def start(self, plant: Plant) -> None:
        """Start everything, in order; the scenario's clock starts when all of it runs."""
        await plant.start_database()
        async with connected(plant.cluster.dsn(postgres.APP), largest=2) as pool:
            facts = await self._prepare(pool, plant.choice.var)
        await plant.start_stream()
        ready = await self._start_simulators(plant)
        await give_phones(plant)
        await plant.start_programs({"ISOTHERM_DEMO_PHYSICS_SPEED": str(self.speed)})
        await plant.start_edges(
            {
                "OPCUA_URL": ready["opcua"]["url"],
                "MODBUS_HOST": ready["modbus"]["host"],
                "MODBUS_PORT": str(ready["modbus"]["port"]),
                "SCALE_HOST": ready["scale"]["host"],
                "SCALE_PORT": str(ready["scale"]["port"]),
                "MQTT_HOST": "127.0.0.1",
                "MQTT_PORT": str(plant.ports.mqtt),
            }
        )
        await asyncio.to_thread(control.start_scenario, socket_of(plant.choice.var))
        write_facts(plant.choice.var / "demo.json", facts | {"url": plant.url})
        self._tell(plant, facts)

    async def _prepare(self, pool: Pool, var: Path) -> dict[str, Any]:
        """Fill the plant: model, people, stock, past, then the short delays. What an earlier start did is found."""
        path = var / "demo.json"
        facts = {"started": SystemClock().now().isoformat(), "api_key": "", "people": []} | read_facts(path)
        facts["url"] = ""  # until it answers: scripts wait for it
        write_facts(path, facts)
        started = datetime.fromisoformat(facts["started"])
        with step("Applying the plant model, stocking lots, letting people in"):
            facts |= await _populate(pool, read_plant(FOLDER), facts)
            write_facts(path, facts)
        if not facts.get("has_history"):
            with step("Filling 14 days of history from the same physics") as telling:
                await store_history(pool, started, seed=SEED, tell=telling.tell)
            await send_trucks(pool, started)
            await shorten_delays(pool, self.speed)
            await propose_colder_freezer(pool)
            async with begin(pool, ACTOR, SystemClock().now()) as work:
                entries = [FirstEntry(**person) for person in facts["people"]]
                await prove(work, started, entries)
                await maintain(work, started, entries)
                await lay_out(work, started, entries)
                await ship_demo(work, started)
                await run_batches(work, started, entries)
                await rehearse_recall(work, started)
            facts["has_history"] = True
            write_facts(path, facts)  # at once: a start that is broken off later does not make it again
        return facts

    async def _start_simulators(self, plant: Plant) -> dict[str, Any]:
        var = plant.choice.var
        ready, settings = var / "run" / "sim.json", var / "run" / "sim-settings.json"
        ready.unlink(missing_ok=True)
        chosen = {
            "ready": str(ready),
            "control": str(socket_of(var)),
            "labels": str(var / "labels.csv"),
            "opcua_port": plant.ports.opcua,
            "modbus_port": plant.ports.modbus,
            "scale_port": plant.ports.scale,
            "mqtt": ["127.0.0.1", plant.ports.mqtt],
            "mqtt_user": "loggers",
            "mqtt_password": plant.nats.passwords["loggers"],
            "speed": self.speed,
            "seed": SEED,
            "scenario": self.scenario,
        }
        write_facts(settings, chosen)
        with step(f"Starting the machines, physics {self.speed:g} times as fast as the clock"):
            command = [sys.executable, "-m", "simulators", str(settings)]
            await plant.supervisor.start(Service("simulators", command))
            await plant.answers(lambda: _exists(ready))
        facts: dict[str, Any] = json.loads(ready.read_text("utf-8"))
        return facts

    def _tell(self, plant: Plant, facts: dict[str, Any]) -> None:
        console.print(f"\n[bold]Isotherm demo plant:[/bold] {plant.url}\n")
        for person in facts["people"]:
            entry = FirstEntry(**person)
            console.print(f"  {entry.username:12} {entry.password:14} {entry.printed_name}  ({', '.join(entry.roles)})")
        console.print(f"\nFor scripts: {plant.choice.var / 'demo.json'}   Ctrl-C stops everything.")
        if self.scenario != "none":
            console.print("In one minute the compressor of cold room 2 fails. Watch the overview.\n")


async def _populate(pool: Pool, model: PlantModel, facts: dict[str, Any]) -> dict[str, Any]:
    known = {person["username"]: person["password"] for person in facts["people"]}
    async with begin(pool, ACTOR, SystemClock().now()) as work:
        known_rules = {rule.code for rule in await plant_model.rules(work)}  # a plant keeps those of its first start
        fresh = replace(model, policies=tuple(each for each in model.policies if each.code not in known_rules))
        await apply(work, fresh, reason="start of the demo plant")
        entries = await let_in(work, model.people, known)
        key = await first_key(work, facts["api_key"])
        await stock_demo(work, datetime.fromisoformat(facts["started"]))
        await calibrate_demo(work, datetime.fromisoformat(facts["started"]), entries)
        await model_demo(work)
    return {"api_key": key, "people": [asdict(entry) for entry in entries]}


async def _exists(path: Path) -> bool:
    return await asyncio.to_thread(path.exists)
