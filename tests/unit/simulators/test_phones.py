"""The demo's phones: what is posted to a phone rings, and stands in the log; what is no message is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest

from simulators.phones import LARGEST, LOOPBACK, Phones


@pytest.fixture
def phones(tmp_path: Path) -> Iterator[Phones]:
    """A receiver on a free port."""
    made = Phones(0, tmp_path / "phones.log")
    thread = Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def ring(phones: Phones, phone: str, body: bytes) -> int:
    connection = HTTPConnection(LOOPBACK, phones.server_port, timeout=5)
    connection.request("POST", f"/{phone}", body)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_message_rings_at_its_phone_and_is_kept_as_it_came(phones: Phones) -> None:
    message = {"title": "2号冷库：高于 8 °C", "number": 7}
    assert ring(phones, "warehouse", json.dumps(message).encode()) == 200
    assert ring(phones, "qa", b'{"title": "returned"}') == 200
    kept = [json.loads(line) for line in phones.log.read_text("utf-8").splitlines()]
    assert [(each["phone"], each["message"]) for each in kept] == [
        ("warehouse", message),
        ("qa", {"title": "returned"}),
    ]
    assert all(each["at"].endswith("+00:00") for each in kept)


def test_what_is_no_message_is_refused_and_not_kept(phones: Phones) -> None:
    assert ring(phones, "qa", b"no json") == 400
    assert ring(phones, "qa", b"x" * (LARGEST + 1)) == 413
    assert not phones.log.exists()
