"""Of several policies the strictest rules hold, each with its source."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from models.demands import demands_of
from models.policy import Accuracy, Cadence, Calibration, Level, LevelRule, People, Permissions, PointCount, Policy

PLAIN = Policy(
    code="plain",
    version=1,
    title_en="",
    title_zh="",
    deadband=0.3,
    stale_s=300,
    resolution=Decimal("0.1"),
    levels=(LevelRule(level=Level.ALARM, low=2, high=8, citation="label"),),
)
GSP = replace(
    PLAIN,
    code="gsp",
    people=People(least=3, citation="gsp"),
    permissions=Permissions(manual_import=False, correction=False, citation="gsp"),
    cadence=Cadence(refresh_s=60, storage_s=1800, transport_s=300, out_s=120, citation="gsp"),
    calibration=Calibration(every_days=365, citation="gsp", confirm=True),
    accuracy=(Accuracy(low=0, high=40, error=0.5, unit="Cel", citation="gsp"),),
    point_counts=(PointCount(space="cold-store", least=2, step=100, unit="m2", citation="gsp"),),
)
OWN = replace(
    PLAIN,
    code="own",
    people=People(least=2, citation="own"),
    permissions=Permissions(correction=True, citation="own"),
    cadence=Cadence(refresh_s=120, storage_s=600, transport_s=300, out_s=120, citation="own"),
    calibration=Calibration(every_days=180, notice_days=(60,), citation="own"),
    accuracy=(Accuracy(low=2, high=8, error=0.3, unit="Cel", citation="own"),),
    point_counts=(PointCount(space="cold-store", least=3, unit="m2", citation="own"),),
)


def test_nothing_is_asked_where_nothing_is_said() -> None:
    demands = demands_of([PLAIN])
    assert (demands.least_people, demands.cadence, demands.no_correction, demands.calibration) == (0, None, None, None)
    assert demands.points_needed("cold-store", 500) == 0
    assert demands.largest_error(5, "Cel") is None


def test_the_strictest_of_each_rule_holds() -> None:
    for demands in (demands_of([GSP, OWN]), demands_of([OWN, GSP])):
        assert demands.least_people == 3
        assert demands.no_manual_import == demands.no_correction == GSP.permissions
        assert demands.cadence is not None
        assert (demands.cadence.refresh_s, demands.cadence.storage_s) == (60, 600)
        assert set(demands.cadence.citation.split("; ")) == {"gsp", "own"}
        assert demands.calibration is not None
        assert (demands.calibration.every_days, demands.calibration.citation) == (180, "own")
        assert demands.calibration.notice_days == (90, 60, 30, 0)
        assert not demands.calibration.confirm


def test_the_smallest_error_that_fits_the_value_holds() -> None:
    demands = demands_of([GSP, OWN])
    errors = [demands.largest_error(value, "Cel") for value in (5, 20, 50)]
    assert [rule and rule.error for rule in errors] == [0.3, 0.5, None]
    assert demands.largest_error(5, "%") is None


def test_the_most_points_that_any_rule_asks_are_needed() -> None:
    demands = demands_of([GSP, OWN])
    assert [demands.points_needed("cold-store", size) for size in (80, 101, 201)] == [3, 3, 4]
    assert demands.points_needed("vehicle", 20) == 0
