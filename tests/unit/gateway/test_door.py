"""What can't be read is set aside under the sequence that its sender gave it, and under no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.door import look
from telemetry.store import Arrival, Refusal
from telemetry.wire import decode, read_header

GOLDEN = Path(__file__).parents[2] / "golden" / "wire"
SITE = "hainan"


def of_the_first_format() -> bytes:
    return bytes.fromhex(json.loads((GOLDEN / "first-format.json").read_text())["bytes"])


def test_a_damaged_header_of_the_first_format_covers_no_other_sequence() -> None:
    sound = decode(of_the_first_format())
    told = f'"sequence":{sound.sequence}'.encode()
    other = told[:-1] + bytes([told[-1] ^ 1])
    damaged = of_the_first_format().replace(told, other)
    assert damaged != of_the_first_format()
    assert read_header(damaged).sequence != sound.sequence
    subject, identity = f"readings.{SITE}.{sound.edge}", f"{sound.edge}:{sound.epoch}:{sound.sequence}"
    refused = look(SITE, "live", subject, {"Nats-Msg-Id": identity}, damaged)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.epoch, refused.sequence) == ("Malformed", sound.epoch, sound.sequence)


@pytest.mark.parametrize("checksum", ["", ":0badcafe"])
def test_bytes_that_say_nothing_have_the_key_of_their_message_s_id(checksum: str) -> None:
    identity = {"Nats-Msg-Id": f"edge-line:7:12{checksum}"}
    refused = look(SITE, "live", f"readings.{SITE}.edge-line", identity, b"value=4.9")
    assert isinstance(refused, Refusal)
    assert (refused.edge, refused.epoch, refused.sequence) == ("edge-line", 7, 12)


@pytest.mark.parametrize("identity", ["edge-fleet:7:12", "edge-line:7", "edge-line:-7:12", f"edge-line:7:{2**63}", ""])
def test_an_id_of_somebody_else_or_without_sense_is_no_key(identity: str) -> None:
    refused = look(SITE, "live", f"readings.{SITE}.edge-line", {"Nats-Msg-Id": identity}, b"value=4.9")
    assert isinstance(refused, Refusal)
    assert (refused.epoch, refused.sequence) == (None, None)


def test_a_sound_message_goes_by_what_stands_in_it() -> None:
    payload = of_the_first_format()
    sound = decode(payload)
    arrived = look(SITE, "live", f"readings.{SITE}.{sound.edge}", {"Nats-Msg-Id": f"{sound.edge}:1:2"}, payload)
    assert isinstance(arrived, Arrival)
    assert arrived.key == (sound.edge, sound.epoch, sound.sequence)
