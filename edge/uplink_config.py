"""Config of what binds an edge to its plant: the way to the stream, the key it goes by, who may change its config."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from telemetry.strict import Strict


class TlsConfig(Strict):
    """How the connection to the plant is encrypted."""

    ca: Path  # certificates that may have signed the server's
    certificate: Path | None = None  # the edge's own, where the server asks for one
    key: Path | None = None


class UplinkConfig(Strict):
    """The way to the plant's stream."""

    url: str = Field(pattern=r"^(nats|tls)://.+")  # several servers of a cluster: separated by commas
    key_file: Path | None = None  # the edge's own key (an nkey seed): it signs, and never travels
    user: str | None = None
    password_env: str | None = None  # name of the environment variable, so that no secret stands in a file
    tls: TlsConfig | None = None
    backlog_blocks_per_s: float = Field(default=50, gt=0)


class RemoteConfig(Strict):
    """Who may change this edge's config from afar."""

    signer: str = Field(min_length=1)  # public key (Ed25519, base64) of whoever signs configs
    trial_s: float = Field(default=60.0, gt=0, le=3600)  # not healthy within so long after a change: roll back


class MetricsConfig(Strict):
    """Where Prometheus finds the edge's metrics."""

    host: str = "127.0.0.1"
    port: int = Field(default=9464, ge=1, le=65_535)
