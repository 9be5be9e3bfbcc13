"""Which config an edge starts with: the last one from afar that proved itself; without one, the edge's own file.

A config that was on trial when the edge ended has failed its trial, whatever ended it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from edge.config import EdgeConfig, load
from edge.remote.dry_run import Refused
from edge.remote.state import Kept, RemoteState, RemoteStore
from telemetry.clock import Clock
from telemetry.errors import PlantError
from telemetry.signed_config import Envelope

log = logging.getLogger(__name__)

_ENDED = "the edge ended during the trial"
_ENDED_EARLY = "the edge ended while it looked at this config; send it again under a higher version"


def config_at_start(
    store: RemoteStore, own: EdgeConfig, environ: Mapping[str, str], clock: Clock
) -> tuple[EdgeConfig, int | None]:
    """The config to run, and its version; None: `own`, the edge's own file. Raises OSError."""
    at = clock.now().isoformat()
    state = _broken_off(store.state, at)
    for kept in (state.current, state.previous):
        if kept is None:
            continue
        try:
            config = _opened(store, kept, own, environ)
        except (PlantError, OSError) as error:
            log.error("config version %d does not count: %s", kept.version, error)  # noqa: TRY400 - its words say it
            reasons = (f"it can't be used at a start any more: {error}",)
            state = state.with_outcome(at, kept.version, "", "rolled-back", reasons)
        else:
            store.save(replace(state, current=kept, previous=None if kept == state.previous else state.previous))
            return config, kept.version
    store.save(replace(state, current=None, previous=None))
    return own, None


def _broken_off(state: RemoteState, at: str) -> RemoteState:
    """What was under way when the edge ended is over."""
    over = replace(state, trial=None, looking_at=None)
    if state.trial is not None:
        log.error("config version %d is rolled back: %s", state.trial.version, _ENDED)
        return over.with_outcome(at, state.trial.version, state.seen_digest, "rolled-back", (_ENDED,))
    if state.looking_at is not None:
        return over.with_outcome(at, state.looking_at, state.seen_digest, "refused", (_ENDED_EARLY,))
    return over


def _opened(store: RemoteStore, kept: Kept, own: EdgeConfig, environ: Mapping[str, str]) -> EdgeConfig:
    """Groups and devices of a kept config; what binds the edge to its plant is as its own file says at this start.

    Raises BadSignature, BadConfig, Refused, OSError.
    """
    path = store.text_of(kept.version)
    text = path.read_text("utf-8")
    if own.remote is None:
        raise Refused(["the edge's own file lets nobody change its config any more"])
    Envelope(own.site, own.edge, kept.version, kept.issued_at, text, kept.signature).verify(own.remote.signer)
    config = load(path, environ)
    return replace(own, groups=config.groups, devices=config.devices)
