"""TCP ports on this machine: find a free one, or say clearly that the one asked for is taken."""

from __future__ import annotations

import secrets
import socket

from telemetry.errors import Unavailable


class PortTaken(Unavailable):
    """Another program listens on this port already: stop it, choose another port, or leave the choice to Isotherm."""


_CHOICE = range(15_000, 32_000)
"""Below the ports that Linux gives to outgoing connections: one of those could take a port before it is listened on."""
_TRIES = 50


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody uses at this moment."""
    for _ in range(_TRIES):
        port = secrets.choice(_CHOICE)
        try:
            with socket.create_server((host, port)):
                return port
        except OSError:
            continue  # taken: another one
    with socket.create_server((host, 0)) as listening:
        given: int = listening.getsockname()[1]
        return given


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
