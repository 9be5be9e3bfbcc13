"""What a plant remembers between starts: its ports, whatever happens to it while it writes them down."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from isotherm.engines.ports import PortTaken, free_port
from isotherm.machine import Ports, choose_ports, last_ports


def test_a_second_start_takes_the_ports_of_the_first(tmp_path: Path) -> None:
    first = choose_ports(tmp_path, Ports())
    assert choose_ports(tmp_path, Ports()) == first


def test_a_start_that_is_killed_while_it_writes_leaves_the_last_ports_whole(tmp_path: Path) -> None:
    """A new file takes the old one's place; the old one is never written over."""
    choose_ports(tmp_path, Ports())
    before = (tmp_path / "ports.json").read_text()
    os.link(tmp_path / "ports.json", tmp_path / "as-it-was")
    web = free_port()
    choose_ports(tmp_path, Ports(web=web))
    assert last_ports(tmp_path)["web"] == web
    assert (tmp_path / "as-it-was").read_text() == before


def test_a_port_that_is_wished_for_and_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortTaken) as refused:
        choose_ports(tmp_path, Ports(mqtt=taken.getsockname()[1]))
    assert refused.value.facts["purpose"] == "mqtt"
