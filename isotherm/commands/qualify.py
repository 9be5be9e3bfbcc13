"""`isotherm qualify`: installation and operational qualification on site, with a protocol to be signed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from isotherm.connection import connected, database_url
from isotherm.progress import console
from isotherm.qualifying.answers import Answer, said
from isotherm.qualifying.database import ACTOR, database_answers
from isotherm.qualifying.installed import database_facts, installed_answers, program_facts
from isotherm.qualifying.program import program_answers
from isotherm.qualifying.protocol import Protocol, as_json, as_pdf
from telemetry.clock import SystemClock
from telemetry.work import begin


def qualify(
    out: Annotated[Path | None, typer.Option(help="Write the protocol as JSON.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the protocol as PDF, with room to sign.")] = None,
    language: Annotated[str, typer.Option(metavar="en|zh", help="Of the PDF.")] = "en",
    by: Annotated[str, typer.Option(help="Printed name of who executes it; it stands on the protocol.")] = "",
    program_only: Annotated[
        bool, typer.Option("--program-only", help="Ask the program alone, where no database is.")
    ] = False,
    var: Annotated[
        Path, typer.Option(help="Folder of a plant on this machine, unless ISOTHERM_DATABASE_URL is set.")
    ] = Path("var"),
) -> None:
    """Run every known answer against the installed program and the installed database (IQ and OQ).

    What is stored for it is undone at the end: nothing of it stays in the plant. Exit code 1 where an answer is not
    as it must be.
    """
    if language not in {"en", "zh"}:
        raise typer.BadParameter("en or zh", param_hint="--language")
    protocol = _made(by) if program_only else asyncio.run(_asked(database_url(var), by))
    for file, content in ((out, as_json), (pdf, lambda made: as_pdf(made, language))):
        if file is not None:
            _write(file, content(protocol))
    _tell(protocol)
    if not protocol.passed:
        raise typer.Exit(1)


def _made(by: str) -> Protocol:
    answers = list(program_answers())
    return Protocol(made_at=SystemClock().now(), made_by=by, program=program_facts(), database=None, answers=answers)


async def _asked(url: str, by: str) -> Protocol:
    clock = SystemClock()
    async with connected(url, largest=1) as pool:
        async with begin(pool, ACTOR, clock.now()) as work:
            facts, installed = await database_facts(work), await installed_answers(work)
        stored = await database_answers(pool, clock.now())
    answers: list[Answer] = [*installed, *program_answers(), *stored]
    return Protocol(made_at=clock.now(), made_by=by, program=program_facts(), database=facts, answers=answers)


def _write(file: Path, content: str | bytes) -> None:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    console.print(f"written to {file}", soft_wrap=True)


def _tell(protocol: Protocol) -> None:
    for each in protocol.failed:
        console.print(
            f"[red]fail[/red] {each.id}: must be {said(each.expected)}, is {said(each.found)}", soft_wrap=True
        )
    verdict = "[green]passed[/green]" if protocol.passed else "[red]not passed[/red]"
    console.print(f"{verdict}: {len(protocol.answers)} known answers, {len(protocol.failed)} not as they must be")
