"""Config of an OPC UA server: its address, how the connection is secured, and which nodes are points."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field

from edge.driver import Mistake
from edge.strict import DeviceConfig, PointConfig
from telemetry.strict import Strict

_NODE = re.compile(r"(?:ns=\d+;|nsu=[^;]+;)?(?:i=\d+|[sgb]=.+)", re.DOTALL)
_FILES = ("certificate", "key", "server_certificate")

Security = Literal["none", "sign", "sign-and-encrypt"]
Policy = Literal["Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"]


class OpcuaPoint(PointConfig):
    """A node whose value is a point."""

    node: str  # `s=Line1.Speed` in the device's namespace, or with `ns=2;` or `nsu=urn:...;` in front

    @property
    def source(self) -> str:
        return self.node


class Access(Strict):
    """The way to a server, and how it is secured."""

    url: str = Field(pattern=r"^opc\.tcp://.+")
    security: Security = "sign-and-encrypt"  # an open connection must be written down
    policy: Policy = "Basic256Sha256"
    certificate: Path | None = None
    key: Path | None = None
    server_certificate: Path | None = None  # pinned: no other server is talked to
    user: str | None = None
    password_env: str | None = None
    timeout_s: float = Field(default=4.0, gt=0, le=60)
    outage_s: float = Field(default=60.0, ge=0)  # how long the server is asked to keep values for us

    @property
    def lacking(self) -> list[str]:
        """Files that a secured connection needs and that are not named."""
        return [] if self.security == "none" else [name for name in _FILES if getattr(self, name) is None]


class OpcuaDevice(DeviceConfig, Access):
    """An OPC UA server."""

    driver: Literal["opcua"]
    namespace: str | None = None  # URI; its index is looked up, since servers renumber
    profile: Literal["generic", "s7-1200", "s7-1500", "kepware"] = "generic"
    points: tuple[OpcuaPoint, ...] = Field(min_length=1)


def mistakes(device: OpcuaDevice) -> list[Mistake]:
    """What does not fit together."""
    found = [
        Mistake(("points", i, "node"), f"`{point.node}` is no node: s=Name, i=123, ns=2;s=Name or nsu=urn:x;s=Name")
        for i, point in enumerate(device.points)
        if not _NODE.fullmatch(point.node)
    ]
    if device.lacking:
        found.append(Mistake(("security",), what_makes(device)))
    return found


def what_makes(device: Access) -> str:
    """Which files a secured connection lacks, and what makes them."""
    names = device.lacking
    told = " and ".join(f"`{name}`" for name in names)
    ways = []
    if {"certificate", "key"} & set(names):
        ways.append("`isotherm edge cert` makes the edge's own")
    if "server_certificate" in names:
        ways.append(f"`isotherm edge cert --server {device.url}` fetches the server's")
    return f"`security: {device.security}` needs {told}: {'; '.join(ways)}. `security: none` opens the connection"
