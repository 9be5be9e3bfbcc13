"""A config on its way to an edge: what it says, for whom, which version it is, and who answers for all of that.

Signed is every part at once (Ed25519), so that no part can be put into another envelope. The signature is checked
before anything of the content is believed.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from telemetry.chain import canonical
from telemetry.errors import Forbidden, Invalid

LARGEST = 1 << 20
"""Bytes of an envelope."""
HIGHEST = 2**53
_PURPOSE = b"isotherm edge config 1\n"
"""What is signed begins with it: a signature for anything else says nothing about a config."""


class BadEnvelope(Invalid):
    """This is no envelope of a config."""


class BadSignature(Forbidden):
    """The signature is not that of this edge's signer: the config was changed, or signed by somebody else."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A config's text and what is said about it. `issued_at`: ISO 8601, UTC; `signature`: base64."""

    site: str
    edge: str
    version: int  # each higher than the last
    issued_at: str
    config: str  # YAML; ${NAME} is filled in at the edge
    signature: str = ""

    @property
    def digest(self) -> str:
        """Twelve hex digits of the config's text."""
        return hashlib.sha256(self.config.encode()).hexdigest()[:12]

    def signed(self, key: Ed25519PrivateKey) -> Envelope:
        """The same, with the signature of this key."""
        return replace(self, signature=b64encode(key.sign(_covered(self))).decode("ascii"))

    def verify(self, signer: str) -> None:
        """Raises BadSignature unless `signer`, a public key in base64, has signed all of it."""
        try:
            Ed25519PublicKey.from_public_bytes(b64decode(signer)).verify(b64decode(self.signature), _covered(self))
        except InvalidSignature as error:
            raise BadSignature(edge=self.edge, version=self.version) from error

    def to_json(self) -> str:
        """As it travels."""
        return json.dumps(asdict(self), ensure_ascii=False)


def read(data: bytes) -> Envelope:
    """An envelope whose signature nobody has checked yet. Raises BadEnvelope."""
    if len(data) > LARGEST:
        raise BadEnvelope(reason=f"{len(data)} bytes; {LARGEST} at most")
    try:
        facts: Any = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadEnvelope(reason=f"no JSON: {error}") from error
    if not isinstance(facts, Mapping) or set(facts) != set(Envelope.__slots__):
        raise BadEnvelope(reason=f"it has the keys {', '.join(Envelope.__slots__)}, and no others")
    for name, value in facts.items():
        _check(name, value)
    return Envelope(**facts)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _check(name: str, value: Any) -> None:
    if name == "version":
        if type(value) is not int or not 1 <= value <= HIGHEST:
            raise BadEnvelope(reason="`version` is a whole number from 1 on")
        return
    if not isinstance(value, str):
        raise BadEnvelope(reason=f"`{name}` is text")
    try:
        value.encode()
        _SOUND.get(name, str)(value)
    except ValueError as error:
        raise BadEnvelope(reason=f"`{name}` can't be read: {error}") from error


def _moment(text: str) -> None:
    if datetime.fromisoformat(text).utcoffset() is None:
        raise ValueError("it has no zone")


def _signature(text: str) -> None:
    raw = b64decode(text, validate=True)
    if len(raw) != 64 or b64encode(raw).decode("ascii") != text:
        raise ValueError("it is not 64 bytes in base64")


_SOUND: Mapping[str, Callable[[str], object]] = MappingProxyType({"issued_at": _moment, "signature": _signature})


def _covered(envelope: Envelope) -> bytes:
    facts = asdict(envelope)
    del facts["signature"]
    return _PURPOSE + canonical(facts).encode()
