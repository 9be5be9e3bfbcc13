"""TCP ports on this machine: find a free one, or say clearly that the one asked for is taken."""

from __future__ import annotations

import socket

from telemetry.errors import Unavailable


class PortTaken(Unavailable):
    """Another program listens on this port already: stop it, choose another port, or leave the choice to Isotherm."""


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at this moment."""
    with socket.create_server((host, 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def claim(port: int, *, host: str = "127.0.0.1", purpose: str) -> int:
    """The port asked for, or a free one for 0. Raises PortTaken."""
    if port == 0:
        return free_port(host)
    try:
        with socket.create_server((host, port)):
            return port
    except OSError as error:
        raise PortTaken(port=port, purpose=purpose) from error


def prefer(port: int, *, host: str = "127.0.0.1") -> int:
    """The port if it is free, else a free one: what a restart asks for that has no wish of its own."""
    try:
        return claim(port, host=host, purpose="")
    except PortTaken:
        return free_port(host)
