"""Config of what binds an edge to its plant: the way to the stream, the key it goes by, who may change its config."""

from __future__ import annotations

import binascii
from base64 import b64decode
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from telemetry.strict import Strict

_ED25519_BYTES = 32


class TlsConfig(Strict):
    """How the connection to the plant is encrypted."""

    ca: Path | None = None  # certificates that may have signed the server's; None: those that the system trusts
    certificate: Path | None = None  # the edge's own, where the server asks for one
    key: Path | None = None

    @model_validator(mode="after")
    def _in_pairs(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("`certificate` and `key` belong together: give both or none")
        return self


class UplinkConfig(Strict):
    """The way to the plant's stream."""

    url: str = Field(pattern=r"^(nats|tls)://.+")  # several servers of a cluster: separated by commas
    key_file: Path | None = None  # the edge's own key (an nkey seed): it signs, and never travels
    user: str | None = None
    password_env: str | None = None  # name of the environment variable, so that no secret stands in a file
    tls: TlsConfig | None = None
    backlog_blocks_per_s: float = Field(default=50, gt=0)

    @model_validator(mode="after")
    def _one_identity(self) -> Self:
        if self.key_file is not None and (self.user is not None or self.password_env is not None):
            raise ValueError("an edge goes by its key or by a password: give `key_file`, or `user` and `password_env`")
        return self


def _signer(text: str) -> str:
    try:
        raw = b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("it is no base64") from error
    if len(raw) != _ED25519_BYTES:
        raise ValueError("it is no public key of Ed25519: `isotherm edge config key` prints one, 44 characters long")
    return text


class RemoteConfig(Strict):
    """Who may change this edge's config from afar."""

    signer: Annotated[str, AfterValidator(_signer)]  # public key (Ed25519, base64) of whoever signs configs
    trial_s: float = Field(default=60.0, gt=0, le=3600)  # not healthy within so long after a change: roll back


class MetricsConfig(Strict):
    """Where Prometheus finds the edge's metrics."""

    host: str = "127.0.0.1"
    port: int = Field(default=9464, ge=1, le=65_535)
