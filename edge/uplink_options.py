"""How the way to the plant is opened: the servers, who the edge says it is, how the connection is encrypted.

The answer is what `nats.aio.client.Client.connect` takes by name; what concerns timing stands with the uplink.
"""

from __future__ import annotations

from typing import Any

from edge.secret import secret
from edge.uplink_config import UplinkConfig


def options(uplink: UplinkConfig) -> dict[str, Any]:
    """Servers and identity. Raises what `secret` raises when the environment lacks the password."""
    return {"servers": servers(uplink), "user": uplink.user, "password": secret(uplink.password_env)}


def servers(uplink: UplinkConfig) -> list[str]:
    """Addresses of the plant's servers, any of which will do."""
    return [url.strip() for url in uplink.url.split(",") if url.strip()]
