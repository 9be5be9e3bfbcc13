"""Settings: the environment before the file, the file before defaults, and a clear word about what can't be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from isotherm.settings import BadSetting, read_settings


def test_the_environment_comes_before_the_file_and_the_file_before_defaults(tmp_path: Path) -> None:
    file = tmp_path / "isotherm.toml"
    file.write_text('site = "suzhou"\nweb_port = 9000\n')
    settings = read_settings({"ISOTHERM_CONFIG": str(file), "ISOTHERM_WEB_PORT": "9001"})
    assert (settings.site, settings.web_port, settings.web_host) == ("suzhou", 9001, "127.0.0.1")


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from a file\n")
    settings = read_settings({"ISOTHERM_NATS_PASSWORD_FILE": str(tmp_path / "password")})
    assert settings.nats_password == "from a file"


@pytest.mark.parametrize(
    ("text", "told"),
    [("web_prot = 1", "web_prot"), ('web_port = "many"', "web_port"), ("site = ", "isotherm.toml")],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "isotherm.toml"
    file.write_text(text)
    with pytest.raises(BadSetting, match=told):
        read_settings({"ISOTHERM_CONFIG": str(file)})


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(BadSetting, match="nowhere"):
        read_settings({"ISOTHERM_NATS_PASSWORD_FILE": "/nowhere/at/all"})
