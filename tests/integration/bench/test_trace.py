"""The genealogy's measurement, as short as can be: every edge and every customer is met."""

from __future__ import annotations

from isotherm.bench import trace
from tests.plugins.database import Database


def test_a_trace_meets_every_edge_of_the_measurement(database: Database) -> None:
    found = trace.measure(database.owner, trace.SHORT, turns=1)
    assert found["edges"] == found["forward_edges"] == 20 + 2 * 20 * 3
    assert found["shipments"] == found["forward_shipments"] == 2 * 20
    assert 0 < found["backward_edges"] < found["edges"]
    assert 0 < found["forward_s"] < 10
