"""Says on the terminal what is being done: a spinner where there is a screen, plain lines where there is none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

console = Console(highlight=False)


class Step:
    """A step that is under way; `tell` says how far it is."""

    def __init__(self, title: str, status: Status | None) -> None:
        self._title, self._status = title, status

    def tell(self, detail: str) -> None:
        """Show how far it is."""
        if self._status:
            self._status.update(f"{self._title} [dim]{detail}[/dim]")


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Show the title while the block runs, then a tick and how long it took, or a cross."""
    began = time.monotonic()
    status = console.status(title) if console.is_terminal else None
    if status:
        status.start()
    try:
        yield Step(title, status)
    except BaseException:
        _finish(status, f"[red]✗[/red] {title}")
        raise
    _finish(status, f"[green]✓[/green] {title} [dim]{time.monotonic() - began:.1f} s[/dim]")


def _finish(status: Status | None, line: str) -> None:
    if status:
        status.stop()
    console.print(line)
