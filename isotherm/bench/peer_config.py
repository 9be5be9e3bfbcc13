"""The peer's config: its own samples, changed only in where the machine and the platform are and what is read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from isotherm.bench.cost import Load
from isotherm.bench.fields import opcua_nodes

TOKEN = "peer"  # noqa: S105 - the platform's stand-in lets anybody in
DEVICE = "machine"


def write(samples: Path, folder: Path, url: str, port: int, load: Load) -> None:
    """Fill a folder with `config` and `logs`: the OPC UA server's address, the platform's port on this machine."""
    config = folder / "config"
    config.mkdir(parents=True)
    (folder / "logs").mkdir()
    shutil.copy(samples / "logs.json", config)
    (config / "connected_devices.json").write_text("{}", "utf-8")
    gateway = _gateway(json.loads((samples / "tb_gateway.json").read_text("utf-8")), port)
    (config / "tb_gateway.json").write_text(json.dumps(gateway), "utf-8")
    connector = _connector(json.loads((samples / "opcua.json").read_text("utf-8")), url, load)
    (config / "opcua.json").write_text(json.dumps(connector), "utf-8")


def _gateway(sample: dict[str, Any], port: int) -> dict[str, Any]:
    platform = sample["thingsboard"]
    platform |= {"host": "127.0.0.1", "port": port, "remoteConfiguration": False}
    platform["security"] = {"type": "accessToken", "accessToken": TOKEN}
    sample["connectors"] = [{"type": "opcua", "name": DEVICE, "configuration": "opcua.json"}]
    return sample


def _connector(sample: dict[str, Any], url: str, load: Load) -> dict[str, Any]:
    server, mapping = sample["server"], sample["mapping"][0]
    server |= {"url": url, "security": "None", "enableSubscriptions": True}
    server["subCheckPeriodInMillis"] = round(1000 * load.period_s)
    mapping["deviceNodePattern"] = "Root\\.Objects"
    mapping["deviceInfo"]["deviceNameExpression"] = DEVICE
    mapping["timeseries"] = [
        {"key": node, "type": "identifier", "value": f"${{ns=2;s={node}}}"}
        for node in opcua_nodes(load.points).values()
    ]
    sample["mapping"] = [mapping | {"attributes": [], "rpc_methods": [], "attributes_updates": []}]
    return sample
