"""What makers' servers take, as data: how many nodes a call, and how many items in all.

A server may say its limits itself (OperationLimits); the smaller one counts. No filter is asked of any server: an
S7-1200 has none, and a server's deadband may compare with the wrong value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

NODES_PER_CALL = 1000
"""Where nobody names a limit: larger messages than this are refused by some servers without a word."""

SHORTEST_LIFE_S = 60.0
"""How long a server is asked to keep a session and its subscriptions without hearing of us, at least."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Limits of one kind of server; None: it names none."""

    title: str
    items_per_call: int = NODES_PER_CALL
    nodes_per_read: int = NODES_PER_CALL
    items_total: int | None = None


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "generic": Profile("no maker's limits"),
        "s7-1200": Profile("Siemens S7-1200", items_per_call=100, nodes_per_read=100, items_total=1000),
        "s7-1500": Profile("Siemens S7-1500", items_per_call=500, nodes_per_read=500, items_total=10_000),
        "kepware": Profile("Kepware KEPServerEX", items_per_call=1000, nodes_per_read=1000),
    }
)


def chunks(n: int, size: int) -> Iterator[range]:
    """Places 0 to n in parts of at most `size`."""
    return (range(start, min(start + size, n)) for start in range(0, n, size))
