"""Where an edge's passwords come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.secret import MissingSecret, secret

NAME = "ISOTHERM_EDGE_PASSWORD"


def test_from_the_environment_or_from_a_file_that_it_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from the file\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "password"))
    assert secret(NAME) == "from the file"
    monkeypatch.setenv(NAME, "from the environment")
    assert secret(NAME) == "from the environment"


@pytest.mark.parametrize("named", [False, True])
def test_a_missing_password_is_said_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: bool) -> None:
    monkeypatch.delenv(NAME, raising=False)
    if named:
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(MissingSecret, match=NAME):
        secret(NAME)


def test_no_password_where_none_is_asked_for() -> None:
    assert secret(None) is None
