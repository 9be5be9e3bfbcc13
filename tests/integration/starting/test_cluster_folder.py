"""Where the embedded PostgreSQL keeps a plant's data, however its folder is named."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from isotherm.engines import postgres


def test_data_in_a_folder_named_from_here_is_found_again_and_never_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory(prefix="isotherm-folder-") as folder:
        monkeypatch.chdir(folder)
        first = postgres.prepare(Path("var/postgres"), 15_432, durable=False)
        assert (Path(folder).resolve() / "var/postgres/data/PG_VERSION").exists()
        (first.data / "kept").touch()
        assert postgres.prepare(Path("var/postgres"), 15_432, durable=False).data == first.data
        assert (first.data / "kept").exists()
