"""`isotherm evaluate` against an oracle that is written from the prose alone: any file, every pack, any option."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracles.evaluation import Row, evaluation, taken
from tests.oracles.packs import Pack, Said
from tests.property.evaluating.agreement import command, disagreements
from tests.property.evaluating.files import WRITINGS, Writing, cases


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logger") / "readings.csv"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(case=cases(), writing=WRITINGS)
def test_it_says_what_the_oracle_says(file: Path, case: tuple[str, Said, Pack, list[Row]], writing: Writing) -> None:
    name, said, rules, rows = case
    file.write_bytes(writing.text(rows))
    told = command(file, "--policy", name, *said.words)
    if not taken(rows, None).rows:
        assert told == {"refused": "NothingReadable"}
    elif "refused" in told:
        assert told == {"refused": "LimitsCrossed"}
        alarm = rules.levels["alarm"]
        assert alarm.low is not None
        assert alarm.high is not None
        assert alarm.high - alarm.low < max(rules.deadband, 1e-9)
    else:
        assert disagreements(told, evaluation(rows, rules)) == []
