"""A learned model as a file: what comes back, and what is refused."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from models.health.artefact import Artefact, NotAnArtefact, data_hash
from models.health.var_innovation import VarInnovation


def an_artefact() -> Artefact:
    healthy = np.random.default_rng(1).normal(size=(200, 3))
    model = VarInnovation(("a", "b", "c")).fit(healthy)
    return Artefact(
        kind="var_innovation",
        version="pump@3",
        data_hash=data_hash(healthy),
        features=("a", "b", "c"),
        settings={"ridge": 10.0, "说明": "泵"},
        state=model.state(),
        score_card={"recall": 0.9},
    )


def test_what_is_kept_comes_back_and_the_same_model_gives_the_same_bytes() -> None:
    kept = an_artefact()
    again = Artefact.from_bytes(kept.to_bytes())
    assert (again.kind, again.version, again.data_hash) == (kept.kind, kept.version, kept.data_hash)
    assert (again.features, again.settings, again.score_card) == (kept.features, kept.settings, kept.score_card)
    for name, value in kept.state.items():
        np.testing.assert_array_equal(again.state[name], value)
        assert again.state[name].dtype == value.dtype
    assert again.to_bytes() == kept.to_bytes()


def test_a_file_that_was_changed_is_refused() -> None:
    with np.load(io.BytesIO(an_artefact().to_bytes())) as archive:
        arrays: dict[str, Any] = {name: archive[name] for name in archive.files}
    arrays["state/limit"] = arrays["state/limit"] * 2
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    with pytest.raises(NotAnArtefact):
        Artefact.from_bytes(out.getvalue())


def test_code_in_a_file_is_never_run() -> None:
    out = io.BytesIO()
    pickled: dict[str, Any] = {"artefact.json": np.array([{"kind": "x"}], dtype=object)}
    np.savez(out, **pickled)
    with pytest.raises(NotAnArtefact):
        Artefact.from_bytes(out.getvalue())


@pytest.mark.parametrize("cut", [0, 10, 400, -1])
def test_half_a_file_is_refused(cut: int) -> None:
    with pytest.raises(NotAnArtefact):
        Artefact.from_bytes(an_artefact().to_bytes()[:cut])


def test_the_hash_is_of_what_was_learned_from() -> None:
    x = np.arange(12.0).reshape(4, 3)
    ok = np.array([True, True, False, True])
    hashes = {data_hash(x), data_hash(x, ok), data_hash(x.reshape(3, 4)), data_hash(x + 1e-12)}
    assert len(hashes) == 4
    assert data_hash(np.asfortranarray(x), ok) == data_hash(x.copy(), ok.copy())
