"""Settings of the programs: from the environment first, then from a TOML file, then defaults.

Each setting `name` is `ISOTHERM_NAME` in the environment; a secret may instead be in a file that `ISOTHERM_NAME_FILE`
names, as containers hand them over. The TOML file is the one that `ISOTHERM_CONFIG` names.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from telemetry.errors import Invalid


class BadSetting(Invalid):
    """A setting is unknown or has a value that can't be used."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a program must know about the machine it runs on. Field comments say what a setting is."""

    database_url: str = field(default="", repr=False)  # PostgreSQL or TimescaleDB, as the programs' role
    database_owner_url: str = field(default="", repr=False)  # the same, as the schema's owner: migrations only
    nats_url: str = "nats://127.0.0.1:4222"  # several servers of a cluster: separated by commas
    nats_user: str = "gateway"
    nats_password: str = field(default="", repr=False)
    nats_ca: str = ""  # file of the certificates that may have signed nats-server's: the connection is encrypted
    nats_replicas: int = 1  # servers that hold each message; 3 on a cluster of three
    nats_readings_mb: int = 4096  # readings that may wait in the stream for the database; the edges keep the rest
    site: str = "hainan"  # ISA-95 site: part of every point's name and of the edges' subjects
    web_host: str = "127.0.0.1"
    web_port: int = 8080
    public_url: str = ""  # address under which people open the pages, for links in messages; else host and port
    mail_url: str = field(default="", repr=False)  # the plant's mail server, as an apprise URL with `from`
    sms_url: str = field(default="", repr=False)  # the plant's SMS gateway, as an apprise URL; {to}: the number
    var: Path = Path("var")  # where programs keep what is theirs
    epcis_base: str = "https://id.example.invalid/"  # begins names in EPCIS events; ends with a slash
    epcis_gtins: str = ""  # GTINs by item, as `FG-PEN=09506000134352,FG-KIT=...`: such lots get GS1 names
    demo_physics_speed: float = 1.0  # how much faster than the clock a simulated plant is; 1 in a real one


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of this process. Raises BadSetting."""
    env = os.environ if environment is None else environment
    values = _from_file(env.get("ISOTHERM_CONFIG"))
    for each in fields(Settings):
        found = _from_environment(env, each.name)
        if found is not None:
            values[each.name] = found
    return Settings(**{name: _typed(name, value) for name, value in values.items()})


def plant_settings() -> Settings:
    """Settings of a program that works on the plant's database. Raises BadSetting."""
    settings = read_settings()
    if not settings.database_url:
        raise BadSetting(setting="ISOTHERM_DATABASE_URL", reason="it is not set")
    return settings


def _from_environment(env: Mapping[str, str], name: str) -> str | None:
    key = f"ISOTHERM_{name.upper()}"
    if key in env:
        return env[key]
    path = env.get(f"{key}_FILE")
    if path is None:
        return None
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise BadSetting(setting=f"{key}_FILE", reason=str(error)) from error


def _from_file(path: str | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        values = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(file=path, reason=str(error)) from error
    known = {each.name for each in fields(Settings)}
    for name in values:
        if name not in known:
            raise BadSetting(file=path, setting=name, known=", ".join(sorted(known)))
    return values


def _typed(name: str, value: Any) -> Any:
    kind = type(getattr(Settings(), name))
    try:
        return kind(value)
    except (TypeError, ValueError) as error:
        raise BadSetting(setting=name, value=value, needs=kind.__name__) from error
