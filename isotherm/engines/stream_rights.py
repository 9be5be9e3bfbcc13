"""What each user of the stream may say and hear: an edge speaks under its own name only, and hears what is its own.

The rights hang on subjects, so the server itself refuses what does not belong to a user, before any program sees it.
"""

from __future__ import annotations

import json

PROGRAMS = ("gateway", "loggers", "fleet")
"""Users that go by a password: the plant's own programs, the loggers on trucks, the edge that listens to these."""


def rights(user: str, site: str) -> str:
    """The permissions of a user, as nats-server's config writes them."""
    publish, subscribe = _allowed(user, site)
    return json.dumps({"publish": {"allow": publish}, "subscribe": {"allow": subscribe}})


def _allowed(user: str, site: str) -> tuple[list[str], list[str]]:
    """Subjects that a user may publish, and those that it may subscribe."""
    match user:
        case "gateway":
            return [">"], [">"]
        case "loggers":
            return ["trucks.*.telemetry"], []
        case "fleet":
            return [], ["trucks.>"]
        case edge:
            return _of_edge(edge, f"{site}.{edge}")


def _of_edge(edge: str, mine: str) -> tuple[list[str], list[str]]:
    """Nothing of the stream's own interface: what an edge wants to know, it asks the gateway."""
    said = ("readings", "backlog", "cursor-ask", "config-ask", "config-status")
    return [f"{word}.{mine}" for word in said], [f"cursor.{mine}", f"config.{mine}", f"_INBOX_{edge}.>"]
