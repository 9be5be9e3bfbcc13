"""The matrix of separated duties: each act by each role, and every place in the program that signs held against it."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mes.people.duties import DUTIES, SEPARATED, Act, DutiesJoined, DutyNotHeld, demand_duty, demand_separation
from mes.people.model import Role

MES = Path(__file__).parents[3] / "mes"

MATRIX = {
    #                           op  lead qc  qa  qp  mnt eng wh  adm
    Act.PERFORM:               "x   x   -   -   -   -   -   -   -",
    Act.VERIFY:                "x   x   x   -   -   -   -   -   -",
    Act.REVIEW_PRODUCTION:     "-   x   -   -   -   -   -   -   -",
    Act.OVERRIDE:              "-   x   -   x   -   -   -   -   -",
    Act.VERIFY_RESULT:         "-   -   x   -   -   -   -   -   -",
    Act.PLACE_HOLD:            "x   x   x   x   x   x   x   x   -",
    Act.JUDGE:                 "-   -   -   x   -   -   -   -   -",
    Act.JUDGE_LOT:             "-   -   -   x   x   -   -   -   -",
    Act.CERTIFY:               "-   -   -   -   x   -   -   -   -",
    Act.SCOPE_RECALL:          "-   -   -   x   -   -   -   -   -",
    Act.CLOSE_RECALL:          "-   -   -   -   x   -   -   -   -",
    Act.AUTHOR:                "-   -   -   x   -   -   x   -   -",
    Act.APPROVE:               "-   -   -   x   -   -   -   -   -",
    Act.TRAIN:                 "-   x   x   x   -   -   x   -   -",
    Act.APPROVE_SUPPLIER:      "-   -   -   x   -   -   -   -   -",
    Act.REVIEW_TRAIL:          "-   -   -   x   x   -   -   -   -",
    Act.DO_MAINTENANCE:        "-   x   -   -   -   x   x   -   -",
    Act.VERIFY_MAINTENANCE:    "-   x   -   -   -   x   x   -   -",
    Act.ADJUST_STOCK:          "-   x   -   x   -   -   -   x   -",
    Act.EXPECT_GOODS:          "-   x   -   -   -   -   x   x   -",
    Act.SHIP:                  "-   x   -   -   -   -   -   x   -",
    Act.SIGN_REPORT:           "-   -   -   x   x   -   -   -   -",
    Act.READ:                  "x   x   x   x   x   x   x   x   x",
    Act.ADMINISTER:            "-   -   -   -   -   -   -   -   x",
}  # fmt: skip
"""Written out by hand, apart from the program's own table."""
COLUMNS = (
    Role.OPERATOR, Role.LEAD, Role.QC, Role.QA, Role.QP, Role.MAINTENANCE, Role.ENGINEER, Role.WAREHOUSE, Role.ADMIN,
)  # fmt: skip
CELLS = [
    (act, role, mark == "x") for act, row in MATRIX.items() for role, mark in zip(COLUMNS, row.split(), strict=True)
]


def test_the_matrix_is_about_every_act_and_every_role() -> None:
    assert set(MATRIX) == set(Act) == set(DUTIES)
    assert set(COLUMNS) == set(Role)


@pytest.mark.parametrize(("act", "role", "may"), CELLS)
def test_each_act_by_each_role(act: Act, role: Role, may: bool) -> None:
    if may:
        demand_duty({role}, act)
    else:
        with pytest.raises(DutyNotHeld) as refused:
            demand_duty({role}, act)
        assert refused.value.facts["act"] == act


def test_an_administrator_has_no_right_to_records() -> None:
    assert {act for act, roles in DUTIES.items() if Role.ADMIN in roles} == {Act.ADMINISTER, Act.READ}


@pytest.mark.parametrize(("act", "did"), [(act, did) for act, others in SEPARATED.items() for did in sorted(others)])
def test_nobody_does_both_of_a_separated_pair(act: Act, did: Act) -> None:
    demand_separation(7, act, {did: [3, None]})
    with pytest.raises(DutiesJoined):
        demand_separation(7, act, {did: [3, 7]})


THROUGH = {
    "mes.batches.hands.sign",  # is told the act
    "mes.maintenance.proving.sign",  # the doer's act or the verifier's, by the step
    "mes.recall.stepping._sign",
    "mes.recipes.service._sign",
    "mes.release.proofs._prove",
    "mes.release.service._sign",
    "mes.trips.receiving._sign",
}
"""Functions that hand on the roles which their callers name."""

ACTS = {
    "mes.actions.service.extend": Act.JUDGE,
    "mes.capa.service.sign_step": Act.JUDGE,
    "mes.changes.service.look_at_batch": Act.JUDGE,
    "mes.changes.stepping.sign_step": Act.APPROVE,
    "mes.complaints.service.close_complaint": Act.JUDGE,
    "mes.inventory.counting._sign": Act.ADJUST_STOCK,
    "mes.orders.api.abort_order": Act.JUDGE,
    "mes.reports.service.sign": Act.SIGN_REPORT,
}
"""What a place that signs does, where it doesn't say so itself by `roles=signers(Act...)`."""


def signing_calls() -> Iterator[tuple[str, ast.expr]]:
    """Every call of `people.sign` and `people.sign_series` in mes/: the function it stands in, and its `roles`."""
    for path in sorted(MES.rglob("*.py")):
        module = ".".join(path.relative_to(MES.parent).with_suffix("").parts)
        if not module.startswith("mes.people"):
            for function in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from ((f"{module}.{function.name}", roles) for roles in _roles(function))


def _roles(function: ast.AST) -> Iterator[ast.expr]:
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("people.sign", "people.sign_series"):
            yield next(word.value for word in call.keywords if word.arg == "roles")


def _act(where: str, roles: ast.expr) -> Act:
    said = ast.unparse(roles).removeprefix("signers(Act.").removesuffix(")")
    return Act[said] if said in Act.__members__ else ACTS[where]


@pytest.mark.parametrize(("where", "roles"), [pytest.param(*call, id=call[0]) for call in signing_calls()])
def test_every_place_that_signs_lets_only_those_sign_whom_the_matrix_names(where: str, roles: ast.expr) -> None:
    if where in THROUGH:
        return
    told = eval(ast.unparse(roles), vars(importlib.import_module(where.rpartition(".")[0])))
    assert set(told) <= set(DUTIES[_act(where, roles)])


def test_nothing_signs_but_through_the_one_door() -> None:
    """No other place writes a signature's row."""
    writers = [path for path in MES.parent.rglob("mes/**/*.sql") if "insert into signature" in path.read_text("utf-8")]
    assert [path.relative_to(MES).as_posix() for path in writers] == ["people/queries.sql"]
