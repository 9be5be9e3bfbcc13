"""A plant of one's own on one machine: what `isotherm up` starts, in order."""

from __future__ import annotations

from dataclasses import asdict

from isotherm.connection import connected
from isotherm.engines import postgres
from isotherm.first_entry import first_key, let_in
from isotherm.private import read_facts, write_facts
from isotherm.progress import console, step
from isotherm.running import Plant
from mes.people import service as people
from mes.plant import service as plant_model
from mes.plant.apply import apply
from mes.plant.check import read_plant
from telemetry.clock import SystemClock
from telemetry.work import Pool, begin


async def start(plant: Plant) -> None:
    """Start engines, programs and edges; at the first start apply the plant folder and let its people in."""
    await plant.start_database()
    async with connected(plant.cluster.dsn(postgres.APP), largest=2) as pool:
        await _first_start(plant, pool)
    await plant.start_stream()
    await plant.start_programs({})
    await plant.start_edges({})
    console.print(f"\n[bold]Isotherm[/bold]: {plant.url}   First passwords: {plant.choice.var / 'first-entry.json'}\n")


async def _first_start(plant: Plant, pool: Pool) -> None:
    """Nothing happens where a plant model and people are there already: later changes are applied on purpose."""
    path = plant.choice.var / "first-entry.json"
    model = read_plant(plant.choice.folder)
    async with begin(pool, "first-start", SystemClock().now()) as work:
        if await plant_model.site(work) is not None and await people.people(work):
            return
        with step("Applying the plant model, letting people in"):
            facts = read_facts(path)
            known = {person["username"]: person["password"] for person in facts.get("people", [])}
            await apply(work, model, reason="first start")
            entries = await let_in(work, model.people, known)
            key = await first_key(work, facts.get("api_key", ""))
            write_facts(path, {"url": plant.url, "api_key": key, "people": [asdict(entry) for entry in entries]})
