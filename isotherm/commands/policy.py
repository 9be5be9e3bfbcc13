"""`isotherm policy`: the packs, what a policy says with its citations, and whether a file of one's own is right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from isotherm.progress import console
from mes.policies.comparing import Section, sections
from mes.policies.reading import PolicyFileWrong, names, policy_named, read_policy
from mes.policies.words import duration
from models.policy import Policy

app = typer.Typer(help="Policies: limits and regulations as files, each rule with its citation.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """The packs that come with Isotherm."""
    table = Table("name", "version", "title", "标题")
    for name in names():
        policy = policy_named(name)
        table.add_row(name, str(policy.version), policy.title_en, policy.title_zh)
    console.print(table)


@app.command()
def show(policy: Annotated[str, typer.Argument(help="A pack's name (gsp_cn, gsp_cn@1), or a policy file.")]) -> None:
    """Everything that a policy says, rule by rule, with the citation of each."""
    found = _policy(policy)
    console.print(
        f"[bold]{found.code}[/bold] version {found.version}: {found.title_en} / {found.title_zh}", markup=True
    )
    table = Table("rule", "says", "citation")
    for section in sections(found):
        table.add_row(
            section.name, _said(section), section.citation + (" (to be confirmed)" if section.confirm else "")
        )
    console.print(table)


@app.command()
def check(files: Annotated[list[Path], typer.Argument(help="Policy files.")]) -> None:
    """Report every mistake in policy files with file and line. Exit code 1 when there is one."""
    problems = [str(problem) for file in files for problem in _problems(file)]
    for problem in problems:
        console.print(problem, markup=False, soft_wrap=True)
    if problems:
        console.print(f"[red]{len(problems)} {'mistake' if len(problems) == 1 else 'mistakes'}[/red]")
        raise typer.Exit(1)
    console.print("[green]no mistakes[/green]")


def _policy(named: str) -> Policy:
    """A file where there is one of that name, else a pack."""
    path = Path(named)
    return read_policy(path) if path.is_file() else policy_named(named)


def _problems(file: Path) -> list[object]:
    try:
        read_policy(file)
    except PolicyFileWrong as wrong:
        return list(wrong.problems)
    return []


def _said(section: Section) -> str:
    return "\n".join(_value(name, value) for name, value in section.values.items() if _is_said(name, value))


def _is_said(name: str, value: object) -> bool:
    return value is not None and value != () and not (name.endswith("_inclusive") and value is False)


def _value(name: str, value: object) -> str:
    if not name.endswith("_s"):
        return f"{name}: {value:g}" if isinstance(value, float) else f"{name}: {value}"
    lengths = value if isinstance(value, tuple) else (value,)
    return f"{name.removesuffix('_s')}: {', '.join(duration(each) for each in lengths)}"
