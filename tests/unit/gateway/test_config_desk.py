"""What edges say about their configs: whatever comes, it is read or refused, and what was read can be stored."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.config_desk import BadOutcome, read_outcome
from gateway.edge_configs import FATES

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
KEYS = ("born", "number", "at", "version", "digest", "fate", "reasons")
SOUND = st.fixed_dictionaries(
    {
        "born": st.text(),
        "number": st.integers(0, 2**31 - 1),
        "at": st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
        "version": st.integers(0, 2**53),
        "digest": st.text(),
        "fate": st.sampled_from(FATES),
        "reasons": st.lists(st.text(), max_size=5),
    }
)


@given(st.binary(max_size=200) | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_nothing_that_comes_breaks_the_reader(data: bytes) -> None:
    _read(data)


@given(SOUND, st.sampled_from(KEYS), ANYTHING)
def test_nor_does_one_part_that_is_something_else(facts: dict[str, object], key: str, value: object) -> None:
    _read(json.dumps(facts | {key: value}).encode())


@given(SOUND)
def test_what_an_edge_tells_is_read(facts: dict[str, object]) -> None:
    said = read_outcome("edge-1", json.dumps(facts).encode())
    assert (said.number, said.version, said.fate) == (facts["number"], facts["version"], facts["fate"])


def _read(data: bytes) -> None:
    try:
        said = read_outcome("edge-1", data)
    except BadOutcome:
        return
    assert said.at.utcoffset() is not None
    assert "\0" not in "".join([said.born, said.digest, *said.reasons])
    "".join([said.born, said.digest, *said.reasons]).encode()
