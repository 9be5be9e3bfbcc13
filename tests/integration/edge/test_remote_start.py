"""Which config an edge starts with: what proved itself, unless it was touched or another signer counts now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.config import load
from edge.remote.start import config_at_start
from edge.remote.state import Kept, RemoteStore
from isotherm.engines import nats as engine
from telemetry.clock import HeldClock, SystemClock
from tests.plugins.stream import SITE

from .remote_plant import EDGE, ROOM, Signer, device


@pytest.fixture
def plant(tmp_path: Path) -> Signer:
    """Who signs; the plant's server need not run."""
    return Signer(engine.prepare(tmp_path / "nats", 1, 2, site=SITE, edges=[EDGE]), tmp_path)


def remembered(plant: Signer, version: int, text: str) -> Kept:
    envelope = plant.envelope(version, text)
    return Kept(version, envelope.issued_at, envelope.signature)


def test_a_kept_config_that_somebody_has_changed_on_the_disk_does_not_count(plant: Signer) -> None:
    own_file, store = plant.own_file(device("plc", 502, [0])), RemoteStore(plant.folder / "config", SystemClock())
    own = load(own_file)
    texts = {version: plant.text(device("plc", 502, [version])) for version in (1, 2)}
    for version, text in texts.items():
        store.keep_text(plant.envelope(version, text))
    kept = {version: remembered(plant, version, text) for version, text in texts.items()}
    store.save(replace(store.state, seen=2, current=kept[2], previous=kept[1]))
    assert config_at_start(store, own, {}, SystemClock())[1] == 2
    store.text_of(2).write_text(texts[2].replace("plc-2", "plc-9"))
    config, counts = config_at_start(store, own, {}, SystemClock())
    assert (counts, [p.point for p in config.devices[0].points]) == (1, [f"{ROOM}/plc-1"])
    assert "signature" in store.state.untold[0].reasons[0].lower()
    store.text_of(1).unlink()
    assert config_at_start(store, own, {}, SystemClock()) == (own, None)
    assert store.state.seen == 2  # what was seen is not taken again


def test_a_config_counts_no_longer_when_the_edges_own_file_names_another_signer(plant: Signer) -> None:
    store = RemoteStore(plant.folder / "config", SystemClock())
    text = plant.text(device("plc", 502, [1]))
    store.keep_text(plant.envelope(1, text))
    store.save(replace(store.state, seen=1, current=remembered(plant, 1, text)))
    stranger = Signer(plant.server, plant.folder)
    own = load(stranger.own_file(device("plc", 502, [0])))
    assert config_at_start(store, own, {}, SystemClock()) == (own, None)


def test_an_edge_that_ended_while_it_looked_at_a_config_does_not_look_again(plant: Signer) -> None:
    own = load(plant.own_file(device("plc", 502, [0])))
    store = RemoteStore(plant.folder / "config", SystemClock())
    envelope = plant.envelope(3, plant.text(device("plc", 502, [1])))
    store.keep_text(envelope)
    store.save(replace(store.state, seen=3, seen_digest=envelope.digest, looking_at=3))
    again = RemoteStore(plant.folder / "config", SystemClock())
    assert config_at_start(again, own, {}, SystemClock()) == (own, None)
    assert [(each.version, each.fate) for each in again.state.untold] == [(3, "refused")]
    assert not again.text_of(3).exists()
    assert RemoteStore(plant.folder / "config", SystemClock()).state == again.state


@pytest.mark.parametrize("content", ["", "{", "[]", '{"born": 1}', "\x00" * 100])
def test_a_memory_that_cannot_be_read_is_moved_aside_and_the_edge_starts(plant: Signer, content: str) -> None:
    folder, clock = plant.folder / "config", HeldClock(SystemClock().now())
    folder.mkdir()
    (folder / "state.json").write_text(content)
    own = load(plant.own_file(device("plc", 502, [0])))
    assert config_at_start(RemoteStore(folder, clock), own, {}, clock) == (own, None)
    assert (folder / "state.unreadable").read_text() == content
