"""A cluster of nats-servers on one machine: each node's config is that of a single server, and whom it belongs to.

Users, rights and secrets are the same on every node, so that edges and gateways may come to any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from isotherm.engines import nats
from isotherm.engines.ports import free_port
from isotherm.private import read_facts, write_facts, write_private

CONFIG = Template("""\
include "nats.conf"
server_name: $name
cluster { name: isotherm, listen: "127.0.0.1:$port", routes: [$routes] }
""")
FILE = "cluster.conf"


@dataclass(frozen=True, slots=True)
class Node:
    """One server of the cluster."""

    name: str
    server: nats.NatsServer

    def command(self) -> list[str]:
        """What to execute; it stays in the foreground."""
        config = self.server.folder / FILE
        return [str(nats.binary()), "-c", str(config), "-l", str(self.server.log)]


def prepare(folder: Path, *, site: str, edges: Sequence[str], nodes: int = 3) -> list[Node]:
    """Write the configs of a cluster whose ports are free ones. Raises what `nats.prepare` raises."""
    ports = [free_port() for _ in range(nodes)]
    routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports)
    made: list[Node] = []
    for number, port in enumerate(ports, 1):
        place = folder / f"node-{number}"
        place.mkdir(parents=True, exist_ok=True)
        if made:
            write_facts(place / nats.SECRETS, read_facts(made[0].server.folder / nats.SECRETS))
        server = nats.prepare(place, free_port(), free_port(), site=site, edges=edges, by_password=edges)
        node = Node(f"node-{number}", server)
        write_private(place / FILE, CONFIG.substitute(name=node.name, port=port, routes=routes))
        made.append(node)
    return made


def urls(nodes: Sequence[Node]) -> str:
    """Where the cluster is, as edges and gateways are told."""
    return ",".join(node.server.url for node in nodes)
