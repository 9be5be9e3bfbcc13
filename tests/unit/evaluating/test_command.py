"""`isotherm evaluate` as somebody meets it who has a file and no plant: what it prints, and what it refuses."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

E4 = "time,value\n2026-01-15T00:00:00Z,5\n2026-01-15T00:05:00Z,8.4\n2026-01-15T12:05:00Z,8.3\n2026-01-15T12:10:00Z,5\n"
AS_THE_VECTORS = ("--low", "2", "--high", "8", "--delay", "30m", "--deadband", "0.5", "--stale", "15m")


def evaluate(
    folder: Path, *words: str, given: bytes | None = None, columns: int = 150
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "isotherm", "evaluate", *words]
    environment = {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin:/bin", "COLUMNS": str(columns)}
    return subprocess.run(command, cwd=folder, input=given, capture_output=True, check=False, env=environment)


def told(folder: Path, *words: str, given: bytes | None = None) -> dict[str, Any]:
    answer = evaluate(folder, *words, "--json", given=given)
    assert answer.returncode == 0, answer.stderr.decode()
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


@pytest.fixture
def e4(tmp_path: Path) -> Path:
    path = tmp_path / "e4.csv"
    path.write_text(E4)
    return path


def test_e4_in_an_empty_folder_without_a_database(tmp_path: Path, e4: Path) -> None:
    found = told(tmp_path, e4.name, *AS_THE_VECTORS)
    (episode,) = found["episodes"]
    assert (
        episode.items()
        >= {
            "point": None,
            "side": "high",
            "start": "2026-01-15T00:05:00Z",
            "end": "2026-01-15T12:10:00Z",
            "known_s": 20 * 60,
            "unknown_s": 705 * 60,
            "worst_case_s": 725 * 60,
            "raised_at": "2026-01-15T12:05:00Z",
            "peak": 8.4,
        }.items()
    )
    assert found["stale"] == [{"point": None, "at": "2026-01-15T00:20:00Z", "until": "2026-01-15T12:05:00Z"}]
    assert found["completeness"] == 25 / 730
    assert found["mkt"]["worst_window"]["to"] == "2026-01-15T12:10:00Z"
    assert [path.name for path in tmp_path.iterdir()] == ["e4.csv"]


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input_packed_or_not(tmp_path: Path, e4: Path, packed: bool) -> None:
    given = gzip.compress(E4.encode()) if packed else E4.encode()
    assert told(tmp_path, "-", given=given)["episodes"] == told(tmp_path, e4.name)["episodes"]


def test_the_table_says_what_was_found_and_what_it_means(tmp_path: Path, e4: Path) -> None:
    answer = evaluate(tmp_path, e4.name, *AS_THE_VECTORS)
    table = answer.stdout.decode()
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert "11 h 45 min" in table
    assert "ESCALATE" in table
    assert evaluate(tmp_path, e4.name, *AS_THE_VECTORS, "--strict").returncode == 1


@pytest.mark.parametrize(("columns", "rows"), [(80, 1), (100, 1), (150, 2)])
def test_no_moment_and_no_figure_is_broken_off_however_narrow_the_terminal(
    tmp_path: Path, e4: Path, columns: int, rows: int
) -> None:
    """`rows`: headings of tables in a terminal that wide; a narrow one has the points' alone."""
    answer = evaluate(tmp_path, e4.name, *AS_THE_VECTORS, "--policy", "gsp_cn", columns=columns)
    lines = answer.stdout.decode().splitlines()
    assert [line for line in lines if len(line) > columns] == []
    assert "…" not in answer.stdout.decode()
    assert any("2026-01-15T00:05:00Z" in line and "2026-01-15T12:10:00Z" in line for line in lines)
    assert any("known 20 min, unknown 11 h 45 min" in line for line in lines) or columns == 150
    assert sum("worst" in line and "°C" in line for line in lines) == rows


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (("nowhere.csv",), "No such file"),
        (("e4.csv", "--policy", "gsp_mars"), "PolicyUnknown"),
        (("e4.csv", "--policy", "nowhere.yaml"), "No such file"),
        (("e4.csv", "--high", "1"), "LimitsCrossed"),
        (("e4.csv", "--high", "warm"), "LimitUnreadable"),
        (("e4.csv", "--delay", "soon"), "DurationUnreadable"),
        (("e4.csv", "--tz", "Mars/Olympus"), "ZoneUnknown"),
        (("e4.csv", "--encoding", "klingon"), "EncodingUnknown"),
        (("e4.csv", "--language", "de"), "en or zh"),
        (("e4.csv", "--pdf", "nowhere/report.pdf"), "nowhere/report.pdf"),
        (("e4.csv", "--policy", "wrong.yaml"), "wrong.yaml:2: `deadband`"),
        (("e4.csv", "--policy", "wrong.yaml"), "wrong.yaml:4: `hihg` is not known here"),
        (("cut.csv.gz",), "FileIsDamaged"),
        ((".",), "Is a directory"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, e4: Path, words: tuple[str, ...], refused: str
) -> None:
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(E4.encode())[:-12])
    (tmp_path / "wrong.yaml").write_text("code: our\ndeadband: x\nlevels:\n  alarm: {low: 9, hihg: 8}\n")
    answer = evaluate(tmp_path, *words, "--json")
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert refused in answer.stderr.decode()
    assert "Traceback" not in answer.stderr.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path, e4: Path, words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "isotherm", "evaluate", str(e4), *words]
    with Path("/dev/full").open("wb") as full:
        answer = subprocess.run(
            command, cwd=Path(__file__).parents[3], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (answer.returncode, b"Traceback" in answer.stderr) == (2, False)
    assert b"standard output" in answer.stderr


def test_a_policy_file_of_ones_own(tmp_path: Path, e4: Path) -> None:
    (tmp_path / "site.yaml").write_text("base: cold_2_8\ncode: our-fridge\nlevels:\n  alarm: {high: 8.4}\n")
    found = told(tmp_path, e4.name, "--policy", "site.yaml")
    assert (found["policy"]["code"], found["episodes"]) == ("our-fridge", [])


def test_what_a_policy_forbids_of_the_record_is_said_and_nothing_is_recorded(tmp_path: Path, e4: Path) -> None:
    found = told(tmp_path, e4.name, "--policy", "gsp_cn")
    assert any("nothing enters a record" in note for note in found["notes"])
    assert "cadence" in {check["rule"] for check in found["checks"]}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("escalate", "11 h 45 min", "worst case 12 h 5 min", "share known 3.42 %")),
        ("zh", ("上报判定", "11 小时 45 分", "最坏情况 12 小时 5 分", "已知占比 3.42 %")),
    ],
)
def test_a_report_as_pdf(tmp_path: Path, e4: Path, language: str, words: tuple[str, ...]) -> None:
    answer = evaluate(tmp_path, e4.name, *AS_THE_VECTORS, "--pdf", "report.pdf", "--language", language)
    assert answer.returncode == 0, answer.stderr.decode()
    pages = PdfReader(tmp_path / "report.pdf").pages
    text = " ".join("".join(page.extract_text() for page in pages).split())
    assert [word for word in words if word not in text] == []
    english = ("episodes", "raised", "share", "worst", "longest", "known")
    assert language == "en" or not [word for word in english if word in text]
