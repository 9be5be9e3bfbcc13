"""A learned model as bytes that can be kept, compared and taken up again: arrays as npz, the rest as JSON inside it.

Nothing in it is code: it is read without pickle, and a file that was tampered with is refused. The hash of what was
learned from stands in it, so anybody can ask for the same rows and learn again.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np

from models.health.api import Flags, State, Values
from telemetry.errors import Invalid

FORMAT = 1
_HEAD = "artefact.json"


class NotAnArtefact(Invalid):
    """These bytes are no model of this program, or not as it wrote them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """`kind` names the detector, `version` what it was learned for; `score_card` how it did when it was judged."""

    kind: str
    version: str
    data_hash: str  # of the rows it was learned from
    features: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    state: State = field(default_factory=dict)
    score_card: Mapping[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The same artefact gives the same bytes."""
        head = {
            "format": FORMAT,
            "kind": self.kind,
            "version": self.version,
            "data_hash": self.data_hash,
            "features": list(self.features),
            "settings": dict(self.settings),
            "score_card": dict(self.score_card),
            "state_hash": state_hash(self.state),
        }
        text = json.dumps(head, sort_keys=True, ensure_ascii=False).encode()
        arrays = {f"state/{name}": self.state[name] for name in sorted(self.state)}
        out = io.BytesIO()
        np.savez_compressed(out, allow_pickle=False, **{_HEAD: np.frombuffer(text, np.uint8), **arrays})
        return out.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Artefact:
        """Raises NotAnArtefact."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            head = json.loads(arrays.pop(_HEAD).tobytes())
            state = {name.removeprefix("state/"): value for name, value in arrays.items()}
            known = {name: head[name] for name in ("kind", "version", "data_hash", "settings", "score_card")}
            whole = head["format"] == FORMAT and head["state_hash"] == state_hash(state)
            artefact = cls(features=tuple(head["features"]), state=state, **known)
        except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError, zipfile.BadZipFile) as reason:
            raise NotAnArtefact(reason=str(reason)) from reason
        if not whole:
            raise NotAnArtefact(reason="format or hash of its arrays")
        return artefact


def data_hash(x: Values, mask: Flags | None = None) -> str:
    """SHA-256 of the rows a model learns from, their shape and which were left out."""
    values = np.ascontiguousarray(x, dtype="<f8")
    digest = sha256(f"{values.shape}".encode())
    digest.update(np.where(np.isnan(values), np.nan, values).tobytes())  # one NaN for all
    if mask is not None:
        digest.update(np.ascontiguousarray(mask, dtype=np.bool_).tobytes())
    return digest.hexdigest()


def state_hash(state: State) -> str:
    """SHA-256 of arrays by name, whatever the order they come in."""
    digest = sha256()
    for name in sorted(state):
        array = np.ascontiguousarray(state[name])
        digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
