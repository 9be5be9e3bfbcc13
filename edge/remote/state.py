"""What an edge remembers of configs from afar, in the folder `config` beside its buffer.

`state.json` says which version runs, which ran before and which is on trial; `<version>.yaml` is its text. A change of
`state.json` is the moment at which something counts: it is written whole and synced, or not at all.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from telemetry.clock import Clock
from telemetry.signed_config import Envelope

log = logging.getLogger(__name__)

Fate = Literal["accepted", "refused", "applied", "rolled-back"]
"""Accepted: without mistakes, and on trial. Applied: healthy after the trial. The other two say why."""
REMEMBERED = 50
"""Outcomes; those that the plant has not heard of are kept longest."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A config whose text is kept. With its signature, so that it is verified again at each start."""

    version: int
    issued_at: str
    signature: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a config. `number` counts the edge's outcomes, so that none is taken for another."""

    number: int
    at: str
    version: int
    digest: str
    fate: Fate
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteState:
    """All that is remembered."""

    born: str  # when this memory began: with `number` it tells outcomes apart for ever
    seen: int = 0  # the highest version that was looked at: nothing up to it is looked at again
    seen_digest: str = ""
    looking_at: int | None = None  # the version that is being tried without being followed
    trial: Kept | None = None  # followed, not yet proven
    current: Kept | None = None  # None: the edge's own file
    previous: Kept | None = None
    last_number: int = 0
    untold: tuple[Outcome, ...] = ()  # the plant has not stored them yet

    def with_outcome(
        self, at: str, version: int, digest: str, fate: Fate, reasons: tuple[str, ...] = ()
    ) -> RemoteState:
        """The same, with one more outcome to tell."""
        outcome = Outcome(self.last_number + 1, at, version, digest, fate, reasons)
        return replace(self, last_number=outcome.number, untold=(*self.untold, outcome)[-REMEMBERED:])

    def without(self, number: int) -> RemoteState:
        """The plant has stored this outcome."""
        return replace(self, untold=tuple(each for each in self.untold if each.number != number))


class RemoteStore:
    """The folder, and the state as it stands there."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self._file = folder / "state.json"
        folder.mkdir(parents=True, exist_ok=True)
        self.state = self._read(clock)

    def save(self, state: RemoteState) -> None:
        """From now on this counts; texts that nothing refers to any more go. Raises OSError."""
        _write(self._file, json.dumps(asdict(state), indent=1))
        self.state = state
        kept = {each.version for each in (state.trial, state.current, state.previous) if each} | {state.looking_at}
        for path in self.folder.glob("*.yaml"):
            if path.stem.isdigit() and int(path.stem) not in kept:
                path.unlink()

    def keep_text(self, envelope: Envelope) -> Path:
        """Write a config's text beside the state; it counts when the state says so. Raises OSError."""
        path = self.text_of(envelope.version)
        _write(path, envelope.config)
        return path

    def text_of(self, version: int) -> Path:
        """Where a version's text is."""
        return self.folder / f"{version}.yaml"

    def _read(self, clock: Clock) -> RemoteState:
        born = clock.now().isoformat()
        if not self._file.exists():
            return RemoteState(born)
        try:
            return _state(json.loads(self._file.read_text("utf-8")))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.error("%s can't be read and is moved aside: %s", self._file, error)  # noqa: TRY400 - its words say it
            self._file.replace(self._file.with_suffix(".unreadable"))
            return RemoteState(born)


def _state(facts: dict[str, Any]) -> RemoteState:
    kept = {name: Kept(**facts[name]) if facts[name] else None for name in ("trial", "current", "previous")}
    untold = tuple(Outcome(**(each | {"reasons": tuple(each["reasons"])})) for each in facts["untold"])
    return RemoteState(**(facts | kept | {"untold": untold}))


def _write(path: Path, text: str) -> None:
    """Whole and on disk, or not at all; only the edge's user may read it."""
    half = path.with_name(f"{path.name}.half")
    with os.fdopen(os.open(half, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
