"""Somebody types a command wrongly, or names what is not there: a sentence that says what to do, and exit code 2."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from edge.config import load
from isotherm.cli import main

DRIVERS = Path(__file__).parents[2] / "edge" / "drivers"
SOMETHING = "postgresql://nobody@127.0.0.1:1/nothing"


def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What is answered to a command that is refused."""
    monkeypatch.setattr(sys, "argv", ["isotherm", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    return told.out + told.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("edge plan nowhere.yaml", "nowhere.yaml:1: the file can't be read: No such file or directory"),
        ("edge check .", "Is a directory"),
        ("edge plan words.yaml", "`the file` must hold keys with values, not `words`"),
        ("edge cert words.yaml", "FileUnusable"),
        ("edge cert pki --name Edge_1", "named in lower-case letters, digits and hyphens"),
        ("edge key .", "this is a folder: name a file in it"),
        ("edge key /proc/nothing/key", "FileUnusable"),
        ("edge browse http://plc", "an address begins with opc.tcp://"),
        ("edge browse opc.tcp://plc --period 0", "--period"),
        ("edge browse opc.tcp://plc --group A", "group: A"),
        ("edge browse opc.tcp://plc --certificate a --key b --server-certificate c", "isotherm edge cert"),
        ("edge browse opc.tcp://127.0.0.1:1", "ServerNotReached"),
        ("deploy certificates nowhere", "isotherm deploy secrets FOLDER"),
        ("rejected list --var nowhere", "no plant was started in nowhere"),
        ("rejected list --limit 0", "--limit"),
        ("rejected replay --reason why", "Say which"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    words: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("ISOTHERM_DATABASE_URL", raising=False)
    (tmp_path / "words.yaml").write_text("words")
    assert told in typed(monkeypatch, capsys, *words.split())
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "words", [("rejected", "replay", "1"), ("rejected", "replay", "--all"), ("db", "retention", "--apply")]
)
def test_a_reason_of_nothing_but_spaces_is_none(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for setting in ("ISOTHERM_DATABASE_URL", "ISOTHERM_DATABASE_OWNER_URL"):
        monkeypatch.setenv(setting, SOMETHING)
    assert "NoReasonGiven" in typed(monkeypatch, capsys, *words, "--reason", "  ")


@pytest.mark.parametrize(
    ("words", "setting"),
    [("rejected list", "ISOTHERM_DATABASE_URL"), ("db retention", "ISOTHERM_DATABASE_OWNER_URL")],
)
def test_an_address_that_is_none_is_told_at_once_and_not_repeated(
    words: str, setting: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(setting, "a-secret-at-the-wrong-place")
    told = typed(monkeypatch, capsys, *words.split())
    assert f"setting: {setting}" in told
    assert "a-secret" not in told


@pytest.mark.parametrize("sample", sorted(DRIVERS.glob("*/sample*.yaml")), ids=lambda path: path.parent.name)
def test_a_sample_can_be_planned_by_somebody_who_has_set_nothing(sample: Path) -> None:
    assert load(sample, {}).devices
