"""Takes configs that come from afar, one after another: verified, looked at, followed on trial, kept or rolled back.

Each step is on disk before it counts, so that whatever ends the edge meanwhile, its next start knows where it was. A
version is looked at once: what was refused or rolled back comes again only under a higher number.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from edge.agent import Agent
from edge.config import EdgeConfig
from edge.remote.dry_run import Refused, read_through, try_devices
from edge.remote.state import Fate, Kept, RemoteStore
from edge.remote.trial import observe, settled, trial
from edge.uplink.config import RemoteConfig
from telemetry.clock import Clock
from telemetry.errors import PlantError, Unavailable
from telemetry.signed_config import BadSignature, Envelope, read

log = logging.getLogger(__name__)

CHECK_S = 10.0
"""How long a new device has to answer before a config that names it is refused."""


class NoWayBack(Unavailable):
    """The edge could not go back to the config that ran before, and has to start anew."""


class RemoteDesk:
    """`own`: the config in the edge's own file. `told` is set when there is an outcome to tell."""

    def __init__(
        self, agent: Agent, store: RemoteStore, own: EdgeConfig, environ: Mapping[str, str], clock: Clock
    ) -> None:
        self._agent, self._store, self._own, self._environ, self._clock = agent, store, own, environ, clock
        self._came: asyncio.Queue[bytes] = asyncio.Queue()
        self._refused_before: set[bytes] = set()
        self.told = asyncio.Event()

    def put(self, data: bytes) -> None:
        """Something came; it is looked at when its turn comes."""
        self._came.put_nowait(data)

    async def run(self) -> None:
        """For ever. Raises NoWayBack, and OSError when the disk does not take what must be remembered."""
        while True:
            await self.take(await self._came.get())

    async def take(self, data: bytes) -> None:
        """Look at one envelope, and see it through to its end. Raises NoWayBack, OSError: the edge must start anew."""
        try:
            envelope = self._admitted(data)
        except PlantError as error:
            self._turn_away(data, error)
            return
        if envelope is None:
            return
        log.info("config version %d came, signed at %s", envelope.version, envelope.issued_at)
        looked_at = await self._looked_at(envelope, self._begin(envelope))
        if looked_at is not None:
            await self._follow(envelope, *looked_at)

    async def _looked_at(self, envelope: Envelope, path: Path) -> tuple[EdgeConfig, frozenset[str]] | None:
        """The config, and the new devices that answered; None: it is refused, and nothing has changed."""
        called = f"{envelope.edge} version {envelope.version}"
        try:
            await settled(self._agent)
            config = read_through(path, called, self._environ, self._own)
            return config, await try_devices(config, self._agent.config, self._clock, CHECK_S)
        except Refused as error:
            self._agent.refused(error)
            self._end(envelope, "refused", error.reasons)
        except Exception as error:
            log.exception("config version %d can't be looked at", envelope.version)
            self._end(envelope, "refused", (f"{type(error).__name__}: {error}",))
        return None

    def _admitted(self, data: bytes) -> Envelope | None:
        """An envelope to look at; None: it was looked at before. Raises BadEnvelope, BadSignature, Refused."""
        envelope, state = read(data), self._store.state
        envelope.verify(_remote(self._own).signer)
        if (envelope.site, envelope.edge) != (self._own.site, self._own.edge):
            raise Refused([f"it is for {envelope.site}/{envelope.edge}; this is {self._own.site}/{self._own.edge}"])
        if envelope.version > state.seen:
            return envelope
        if (envelope.version, envelope.digest) == (state.seen, state.seen_digest):
            return None
        raise Refused([f"version {envelope.version} is not above {state.seen}, which this edge has seen already"])

    def _turn_away(self, data: bytes, error: PlantError) -> None:
        """Told once for each envelope, however often it comes. It changes nothing: anybody may have written it."""
        known = sha256(data).digest()
        if known in self._refused_before:
            return
        if len(self._refused_before) >= 100:
            self._refused_before.clear()
        self._refused_before.add(known)
        self._agent.refused(error)
        reasons = error.reasons if isinstance(error, Refused) else (str(error),)
        version, digest = _claimed(data, error)
        self._tell(version, digest, "refused", reasons)

    def _begin(self, envelope: Envelope) -> Path:
        state = self._store.state
        path = self._store.keep_text(envelope)
        seen = replace(state, seen=envelope.version, seen_digest=envelope.digest, looking_at=envelope.version)
        self._store.save(seen)
        return path

    async def _follow(self, envelope: Envelope, config: EdgeConfig, answered: frozenset[str]) -> None:
        """Follow it on trial, and keep it or go back. Raises NoWayBack, OSError."""
        before, now = await observe(self._agent, config, answered), self._agent.config
        version = self._agent.version
        kept = Kept(envelope.version, envelope.issued_at, envelope.signature)
        self._store.save(replace(self._store.state, trial=kept))
        self._tell(envelope.version, envelope.digest, "accepted")
        applied_s = asyncio.get_running_loop().time()
        try:
            await self._agent.reload(config, envelope.version)
            reasons = await trial(self._agent, before, applied_s, _remote(self._own).trial_s)
        except PlantError as error:  # the agent has counted it, and nothing has changed
            self._end(envelope, "refused", (str(error),))
            return
        except Exception as error:
            log.exception("config version %d can't be followed", envelope.version)
            reasons = [f"{type(error).__name__}: {error}"]
        if reasons:
            await self._go_back(envelope, tuple(reasons), now, version)
        else:
            self._store.state = replace(self._store.state, previous=self._store.state.current, current=kept)
            self._end(envelope, "applied")

    async def _go_back(self, envelope: Envelope, reasons: tuple[str, ...], to: EdgeConfig, version: int | None) -> None:
        """On disk first: where the way back fails too, the edge ends, and starts with what ran before."""
        self._end(envelope, "rolled-back", reasons)
        try:
            await self._agent.reload(to, version)
        except Exception as error:
            raise NoWayBack(version=envelope.version, reason=str(error)) from error

    def _end(self, envelope: Envelope, fate: Fate, reasons: tuple[str, ...] = ()) -> None:
        self._store.state = replace(self._store.state, trial=None, looking_at=None)
        self._tell(envelope.version, envelope.digest, fate, reasons)

    def _tell(self, version: int, digest: str, fate: Fate, reasons: tuple[str, ...] = ()) -> None:
        """One write to the disk: what became of it, and that it is to be told."""
        log.log(logging.INFO if not reasons else logging.ERROR, "config version %d: %s %s", version, fate, reasons)
        at = self._clock.now().isoformat()
        self._store.save(self._store.state.with_outcome(at, version, digest, fate, reasons))
        self.told.set()


def _remote(config: EdgeConfig) -> RemoteConfig:
    if config.remote is None:
        raise ValueError("this edge is not changed from afar")
    return config.remote


def _claimed(data: bytes, error: PlantError) -> tuple[int, str]:
    """What an envelope says it is; nothing of what nobody has signed."""
    if not isinstance(error, Refused):
        return (int(str(error.facts["version"])), "") if isinstance(error, BadSignature) else (0, "")
    envelope = read(data)
    return envelope.version, envelope.digest
