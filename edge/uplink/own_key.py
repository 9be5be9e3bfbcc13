"""An edge's own key: an nkey, an Ed25519 pair. The seed stays in a private file beside the edge and never travels.

The plant's nats-server knows only the public key; an edge proves that it has the seed by signing what the server asks.
"""

from __future__ import annotations

import os
import secrets
import stat
from base64 import b32decode
from pathlib import Path

import nkeys  # type: ignore[import-untyped]

from telemetry.errors import Conflict, Invalid, Unavailable

_OTHERS = stat.S_IRWXO | stat.S_IWGRP
"""Containers hand secrets over to a group; the rest of the machine has no business with them."""


class KeyUnusable(Unavailable):
    """The edge's key can't be used: its file is missing, open to others, or holds no seed of an nkey."""


class KeyExists(Conflict):
    """A key is there already. An edge that gets a new one has to be registered anew: move the old file away first."""


class NoPublicKey(Invalid):
    """This is no public key of an edge: 56 letters and digits that begin with U, as `isotherm edge key` prints them."""


def make_key(path: Path) -> str:
    """Write a new seed into a file that only its owner may read; answers the public key. Raises KeyExists."""
    seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeyExists(file=str(path)) from error
    with os.fdopen(handle, "wb") as file:
        file.write(seed + b"\n")
        file.flush()
        os.fsync(file.fileno())  # its public half is about to be registered
    return public_key(path)


def public_key(path: Path) -> str:
    """The public key that belongs to the seed in a file. Raises KeyUnusable."""
    try:
        if path.is_dir():
            raise KeyUnusable(file=str(path), reason="this is a folder: name a file in it")
        if path.stat().st_mode & _OTHERS:
            raise KeyUnusable(file=str(path), reason="others may read or change it: chmod 600")
        pair = nkeys.from_seed(bytearray(path.read_bytes().strip()))
        return _trimmed(pair.public_key)
    except OSError as error:
        raise KeyUnusable(file=str(path), reason=error.strerror) from error
    except (nkeys.NkeysError, ValueError) as error:
        raise KeyUnusable(file=str(path), reason="it holds no seed of an nkey") from error


def checked(public: str) -> str:
    """The public key as it was given, if it is one. Raises NoPublicKey."""
    text = public.strip()
    try:
        raw = b32decode(text)
    except ValueError as error:
        raise NoPublicKey(given=_short(text)) from error
    sound = len(raw) == 35 and raw[0] == nkeys.PREFIX_BYTE_USER
    if not sound or nkeys.crc16(bytearray(raw[:-2])) != int.from_bytes(raw[-2:], "little"):
        raise NoPublicKey(given=_short(text))
    return text


def _trimmed(public: bytes) -> str:
    return public.decode("ascii").rstrip("=")


def _short(text: str) -> str:
    """Enough to find it again; not all, lest somebody has pasted a seed."""
    return f"{text[:4]}... ({len(text)} letters)"
