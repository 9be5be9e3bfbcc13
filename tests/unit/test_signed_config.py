"""A signed config: what is signed is all of it, and nothing that can be sent breaks its reader."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import asdict, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from telemetry.signed_config import LARGEST, BadEnvelope, BadSignature, Envelope, read

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = b64encode(KEY.public_key().public_bytes_raw()).decode()
GOOD = Envelope("hainan", "edge-line", 7, "2026-03-01T08:00:00Z", "edge: edge-line\n# 冷库\n").signed(KEY)


def test_a_config_comes_out_as_it_was_signed() -> None:
    found = read(GOOD.to_json().encode())
    found.verify(SIGNER)
    assert found == GOOD


def test_the_signature_is_always_the_same_so_that_other_programs_can_make_it() -> None:
    """Ed25519 over the purpose, then JSON with sorted keys, no spaces, UTF-8."""
    facts = asdict(GOOD)
    del facts["signature"]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert b64encode(KEY.sign(b"isotherm edge config 1\n" + text.encode())).decode() == GOOD.signature


@pytest.mark.parametrize(
    "change",
    [
        {"site": "elsewhere"},
        {"edge": "edge-fleet"},
        {"version": 8},
        {"issued_at": "2026-03-01T08:00:01Z"},
        {"config": GOOD.config + " "},
    ],
)
def test_no_part_can_be_changed(change: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        replace(GOOD, **change).verify(SIGNER)


def test_a_part_cannot_be_moved_into_another() -> None:
    """Two envelopes whose parts, one after another, are the same text."""
    moved = replace(GOOD, site="hainanedge", edge="-line")
    with pytest.raises(BadSignature):
        moved.verify(SIGNER)


def test_another_signers_word_does_not_count() -> None:
    with pytest.raises(BadSignature):
        GOOD.signed(Ed25519PrivateKey.generate()).verify(SIGNER)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": True},
        {"version": "7"},
        {"version": 7.0},
        {"version": 2**60},
        {"issued_at": "yesterday"},
        {"issued_at": "2026-03-01T08:00:00"},
        {"signature": "AAAA"},
        {"signature": "%%%"},
        {"config": None},
        {"config": "\ud800"},
        {"more": 1},
    ],
)
def test_what_is_no_envelope_is_refused_before_its_signature_is_looked_at(change: dict[str, Any]) -> None:
    with pytest.raises(BadEnvelope):
        read(json.dumps(asdict(GOOD) | change).encode())


def test_a_key_that_stands_twice_is_refused() -> None:
    """Two readers could take it for two different configs."""
    with pytest.raises(BadEnvelope, match="twice"):
        read(GOOD.to_json().replace("{", '{"version": 8, ', 1).encode())


def test_a_huge_envelope_is_refused_unread() -> None:
    with pytest.raises(BadEnvelope, match="at most"):
        read(replace(GOOD, config="x" * LARGEST).to_json().encode())


@given(st.binary(max_size=400) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_nothing_that_comes_breaks_the_reader(data: bytes | str) -> None:
    with pytest.raises(BadEnvelope):
        read(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)


@given(st.integers(0, len(GOOD.to_json().encode()) - 1), st.integers(1, 255))
def test_one_byte_that_was_changed_on_the_way_is_always_noticed(at: int, by: int) -> None:
    data = bytearray(GOOD.to_json().encode())
    data[at] ^= by
    try:
        found = read(bytes(data))
    except BadEnvelope:
        return
    if found != GOOD:  # a space, or another way to write the same text
        with pytest.raises(BadSignature):
            found.verify(SIGNER)
