"""Passwords as argon2id hashes (RFC 9106), computed off the event loop: one takes tens of milliseconds on purpose.

Memory and rounds are those that OWASP's Password Storage Cheat Sheet asks for, on one lane: a shift that signs in at
once, or somebody who guesses, takes no core from the watch on a small machine. A hash keeps the parameters it was
made with.
"""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODYS = _HASHER.hash("no person has this one")
"""Checked where the name is unknown, so that an answer's time does not tell which names exist."""


async def hashed(password: str) -> str:
    """The hash to keep, with its salt and parameters in it."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password; None: there is no such person, which takes as long and is never right."""
    right = await asyncio.to_thread(_verify, kept or _NOBODYS, password)
    return right and kept is not None


def _verify(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except VerificationError:  # what the caller counts and records
        return False
