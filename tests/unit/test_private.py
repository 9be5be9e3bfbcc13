"""Passwords and keys stand in files that only their owner can read, and a stop in between leaves no half of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from isotherm.private import keep_private, read_facts, write_facts, write_private


@pytest.fixture(autouse=True)
def everybody_may_read_new_files() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def test_only_its_owner_can_read_a_password_also_where_the_file_was_open_before(tmp_path: Path) -> None:
    path = tmp_path / "owner_password"
    path.write_text("old")
    assert path.stat().st_mode & 0o077
    write_private(path, "冷库")
    assert path.read_text("utf-8") == "冷库"
    assert path.stat().st_mode & 0o777 == 0o600


def test_who_reads_while_a_file_is_written_again_finds_the_old_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "nats.conf"
    write_private(path, "old")
    with path.open() as reader:
        write_private(path, "new")
        assert reader.read() == "old"
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("nats.conf", "new")]


def test_a_password_that_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "app_password"
    assert keep_private(path, "first") == "first"
    assert keep_private(path, "second") == "first"
    assert path.stat().st_mode & 0o777 == 0o600


def test_facts_come_back_as_they_were_and_none_where_there_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    assert read_facts(path) == {}
    facts = {"url": "http://127.0.0.1:8000", "people": [{"printed_name": "质量负责人"}]}
    write_facts(path, facts)
    assert read_facts(path) == facts
    assert "质量负责人" in path.read_text("utf-8")
    assert path.stat().st_mode & 0o777 == 0o600
