"""Which key each edge goes by: the register that nats-server's users are made from. It holds public keys only.

Seeds that the plant makes for edges on its own machine stand beside it, a private file each; a seed that was made on
an edge never comes here. An edge whose key was revoked stays in the register without one: no start makes it anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from edge.uplink.own_key import checked, make_key, public_key
from isotherm.engines.stream_rights import PROGRAMS
from isotherm.private import read_facts, write_facts
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.point import is_level_name


class EdgeNotRegistered(NotFound):
    """No edge of this name has a key here."""


class NoEdgeName(Invalid):
    """This can't be an edge's name: it is no name of the plant, or a program's."""


class KeyTaken(Conflict):
    """Another edge goes by this key already; each edge has its own."""


def named(edge: str) -> str:
    """The name, if an edge may have it: a program's name would get the program's rights. Raises NoEdgeName."""
    if not is_level_name(edge) or edge in PROGRAMS:
        raise NoEdgeName(edge=edge, needs="lower-case letters, digits and hyphens", taken=", ".join(PROGRAMS))
    return edge


def seed_file(folder: Path, edge: str) -> Path:
    """Where the plant keeps the seed of an edge that it made a key for."""
    return folder / "keys" / f"{edge}.seed"


def registered(folder: Path) -> dict[str, str | None]:
    """Every edge's public key by name; None: revoked."""
    return read_facts(_register(folder))


def make_missing(folder: Path, edges: Collection[str]) -> Mapping[str, str | None]:
    """Make a key for each edge that the register does not know; answers the register. Raises KeyUnusable."""
    known = registered(folder)
    for edge in edges:
        if edge not in known:
            seed = seed_file(folder, edge)
            known[edge] = public_key(seed) if seed.exists() else make_key(seed)
    write_facts(_register(folder), known)
    return known


def register(folder: Path, edge: str, public: str) -> None:
    """From now on this edge goes by this key. Raises NoEdgeName, NoPublicKey, KeyTaken."""
    named(edge)
    key, known = checked(public), registered(folder)
    owner = next((name for name, other in known.items() if other == key and name != edge), None)
    if owner is not None:
        raise KeyTaken(edge=owner)
    write_facts(_register(folder), known | {edge: key})


def revoke(folder: Path, edge: str, *, has_password: bool = False) -> None:
    """No key lets this edge in any more, and no password, until a new key is registered. Raises EdgeNotRegistered."""
    known = registered(folder)
    if edge not in known and not has_password:
        raise EdgeNotRegistered(edge=edge, known=", ".join(sorted(known)) or "none")
    write_facts(_register(folder), known | {edge: None})


def _register(folder: Path) -> Path:
    return folder / "edge-keys.json"
