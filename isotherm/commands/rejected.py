"""`isotherm rejected`: batches that were set aside because they could not be stored. Nothing of them is lost."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import track

from gateway import edges
from gateway.aside import Contents, aside, contents, counts, dump, still_aside
from gateway.replay import replay_rejected
from isotherm.connection import connected, database_url
from isotherm.progress import console
from isotherm.reason import said
from telemetry.clock import SystemClock, from_us
from telemetry.errors import Invalid, PlantError
from telemetry.work import Pool, Work, begin

app = typer.Typer(help="Batches that were set aside, with the reason; they can be replayed.", no_args_is_help=True)
Var = Annotated[Path, typer.Option(help="Folder of a plant on this machine, unless ISOTHERM_DATABASE_URL is set.")]
Edge = Annotated[str | None, typer.Option(help="Of this edge only.")]
Code = Annotated[
    str | None, typer.Option(help="Set aside for this reason only: Malformed, WrongEdge, BadTimestamp ...")
]
Answer = TypeVar("Answer")


class WhichOnes(Invalid):
    """Say which: the number of one, or --all, with --code or --edge for some of them."""


@app.command("list")
def list_(
    edge: Edge = None,
    code: Code = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 50,
    var: Var = Path("var"),
) -> None:
    """List what was set aside, newest first, below how much there is for each reason."""
    counted = _in_plant(var, lambda work: counts(work, edge=edge))
    found = _in_plant(var, lambda work: edges.rejected(work, edge=edge, code=code, limit=limit))
    for each in counted:
        told = f"{_n(each.messages, 'message')}, {_n(each.readings, 'reading')}; {each.still} not replayed"
        console.print(f"{each.code:<16} {told}", markup=False, soft_wrap=True)
    for one in found:
        where = f"{one.edge or 'unknown edge'}, sequence {one.sequence or '?'}, {_n(one.n, 'reading')}"
        replayed = f", replayed {one.replayed_at.isoformat(timespec='seconds')}" if one.replayed_at else ""
        line = f"{one.id:>5}  {one.at.isoformat(timespec='seconds')}  {where}{replayed}"
        console.print(f"{line}\n       {one.code}: {one.detail}", markup=False, soft_wrap=True)
    if not found:
        console.print("Nothing was set aside for this reason." if counted and code else "Nothing was set aside.")


@app.command()
def show(
    number: Annotated[int, typer.Argument(metavar="ID", help="As `isotherm rejected list` shows it.")],
    readings: Annotated[int, typer.Option(min=0, help="Show at most so many of its readings.")] = 10,
    var: Var = Path("var"),
) -> None:
    """Show one: who sent it, why it could not be stored, and what is in it as far as that can be read."""
    one = _in_plant(var, lambda work: aside(work, number))
    told = {
        "came": f"{one.at.isoformat(timespec='seconds')}, on {one.subject}",
        "from": f"{one.edge or 'unknown'}, epoch {one.epoch or '?'}, sequence {one.sequence or '?'}",
        "reason": f"{one.code}: {one.detail}",
        "size": f"{_n(len(one.payload), 'byte')}, {_n(one.n, 'reading')}",
        "replayed": one.replayed_at.isoformat(timespec="seconds") if one.replayed_at else "no",
    }
    for what, words in told.items():
        console.print(f"{what:<9} {words}", markup=False, soft_wrap=True)
    _show_contents(contents(one.payload), one.payload, readings)


def _show_contents(found: Contents, payload: bytes, most: int) -> None:
    if found.header:
        header = found.header
        words = f"{header.edge}, epoch {header.epoch}, sequence {header.sequence}, {_n(header.n, 'reading')}"
        console.print(f"{'header':<9} {words}", markup=False, soft_wrap=True)
    for each in found.readings[:most]:
        time = from_us(each.device_us).isoformat() if abs(each.device_us) < 2**57 else f"{each.device_us} µs"
        console.print(f"  {time}  {each.point}  {each.value:g}  quality {each.quality}", markup=False, soft_wrap=True)
    if len(found.readings) > most:
        console.print(f"  ... and {len(found.readings) - most} more")
    if found.fault:
        console.print(f"{'unread':<9} {found.fault}", markup=False, soft_wrap=True)
        for line in dump(payload, 256):
            console.print(f"  {line}", markup=False, soft_wrap=True, highlight=False)


@app.command()
def replay(
    reason: Annotated[str, typer.Option(prompt="Why? It stands in the audit trail", help="Why it can be stored now.")],
    number: Annotated[int | None, typer.Argument(metavar="[ID]", help="As `isotherm rejected list` shows it.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that have not been replayed.")] = False,
    edge: Edge = None,
    code: Code = None,
    var: Var = Path("var"),
) -> None:
    """Try to store once more what was set aside, for example after a mistake in the program was mended."""
    if (number is None) != every:
        raise WhichOnes
    why = said(reason)
    if number is not None:
        receipt = _in_plant(var, lambda work: replay_rejected(work, number, reason=why))
        console.print(f"{_n(receipt.stored, 'reading')} stored, batch {receipt.batch_id}")
        return
    stored, refused = asyncio.run(_replay_all(database_url(var), edge, code, why))
    console.print(f"{_n(stored, 'reading')} stored; {_n(refused, 'message')} still refused")
    if refused:
        raise typer.Exit(1)


async def _replay_all(url: str, edge: str | None, code: str | None, reason: str) -> tuple[int, int]:
    """Each in a transaction of its own: one that is still refused holds up nothing."""
    stored = refused = 0
    async with connected(url, largest=1) as pool:
        async with begin(pool, _actor(), SystemClock().now()) as work:
            numbers = await still_aside(work, edge=edge, code=code)
        for number in track(numbers, "Replaying", console=console):
            try:
                stored += await _replay_one(pool, number, reason)
            except PlantError as error:
                refused += 1
                console.print(f"{number}: {error}", markup=False, soft_wrap=True)
    return stored, refused


async def _replay_one(pool: Pool, number: int, reason: str) -> int:
    async with begin(pool, _actor(), SystemClock().now()) as work:
        return (await replay_rejected(work, number, reason=reason)).stored


def _in_plant(var: Path, use: Callable[[Work], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        now = SystemClock().now()
        async with connected(database_url(var), largest=1) as pool, begin(pool, _actor(), now) as work:
            return await use(work)

    return asyncio.run(run())


def _n(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _actor() -> str:
    return f"cli:{getpass.getuser()}"
