"""The built browser files: logical name in, address out. Names carry their hash: a browser may keep them for a year."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from telemetry.errors import Unavailable

DIST = Path(__file__).parent / "static" / "dist"
MOUNT = "/static"


class AssetsNotBuilt(Unavailable):
    """The browser files of the pages have not been built: run `make assets`."""


class AssetUnknown(Unavailable):
    """The build made no such browser file: run `make assets` again."""


class Assets:
    """Addresses of built files, from the manifest that the build wrote. Raises AssetsNotBuilt."""

    def __init__(self, dist: Path = DIST) -> None:
        self.dist = dist
        try:
            self._names: dict[str, str] = json.loads((dist / "manifest.json").read_text("utf-8"))
        except FileNotFoundError as error:
            raise AssetsNotBuilt(looked_for=str(dist / "manifest.json")) from error

    def url(self, logical: str) -> str:
        """Address of a file by the name it has in the source. Raises AssetUnknown."""
        if logical not in self._names:
            raise AssetUnknown(name=logical)
        return f"{MOUNT}/{self._names[logical]}"


class HashedFiles(StaticFiles):
    """Files whose content never changes under their name."""

    def file_response(self, *args: Any, **facts: Any) -> Response:
        answer = super().file_response(*args, **facts)
        answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer
