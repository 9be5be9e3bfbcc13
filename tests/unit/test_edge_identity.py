"""A plant on one machine gives each edge what its config asks for: its key, or a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from isotherm.running import _goes_by_password


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('uplink: {url: "${NATS_URL}", user: edge-1, password_env: ISOTHERM_EDGE_PASSWORD}', True),
        ('uplink: {url: "${NATS_URL}", key_file: "${ISOTHERM_EDGE_KEY}"}', False),
        ("uplink: nats://plant", False),  # a mistake, told where the edge reads it
        ("uplink: [", False),
        ("", False),
        ("- uplink", False),
    ],
)
def test_an_edge_whose_config_names_a_password_gets_one(tmp_path: Path, text: str, expected: bool) -> None:
    path = tmp_path / "edge-1.yaml"
    path.write_text(text)
    assert _goes_by_password(path) is expected
