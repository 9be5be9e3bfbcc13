"""The phones of the demo's people: a webhook receiver on loopback that writes down what rings, a JSON line a message.

`python -m simulators.phones PORT LOG`. A phone is a path: `/warehouse` is the keeper's.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LARGEST = 100_000
LOOPBACK = "127.0.0.1"


class Phones(ThreadingHTTPServer):
    """Takes what is posted to it."""

    daemon_threads = True

    def __init__(self, port: int, log: Path) -> None:
        super().__init__((LOOPBACK, port), _Phone)
        self.log = log


class _Phone(BaseHTTPRequestHandler):
    server: Phones

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST:
            self.send_error(413)
            return
        body = self.rfile.read(length)
        try:
            rung = json.loads(body)
        except ValueError:
            self.send_error(400)
            return
        told = {"at": datetime.now(UTC).isoformat(), "phone": self.path.strip("/"), "message": rung}
        with self.server.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(told, ensure_ascii=False) + "\n")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """What rings stands in the log of its own."""


if __name__ == "__main__":
    Phones(int(sys.argv[1]), Path(sys.argv[2])).serve_forever()
