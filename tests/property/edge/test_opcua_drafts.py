"""Whatever a server calls its nodes, the config drafted from it is without mistakes and names each of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import UUID

from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from edge.config import load
from edge.drivers.opcua.browse import Variable
from edge.drivers.opcua.config import Access, OpcuaDevice
from edge.drivers.opcua.drafting import Names, draft
from edge.drivers.opcua.server import node_id

URIS = ["http://opcfoundation.org/UA/", "urn:story:one", "urn:story:two"]
ACCESS = Access(url="opc.tcp://plc-7.plant:4840/", security="none")
NAMES = Names("edge-line", "hainan", "filling", "plc-7")
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
identifiers = st.one_of(
    st.integers(1, 2**32 - 1).map(lambda n: (ua.UInt32(n), ua.NodeIdType.Numeric)),
    words.filter(lambda text: bool(text) and "${" not in text).map(
        lambda text: (ua.String(text), ua.NodeIdType.String)
    ),
    st.uuids().map(lambda u: (UUID(str(u)), ua.NodeIdType.Guid)),
)


@st.composite
def some_variables(draw: st.DrawFn) -> list[Variable]:
    nodes = draw(st.lists(st.tuples(identifiers, st.integers(0, 2)), min_size=1, max_size=8, unique=True))
    return [
        Variable(
            ua.NodeId(cast("Any", value), ua.Int16(index), kind),
            tuple(draw(st.lists(words, min_size=1, max_size=3))),
            why_not=draw(st.sampled_from(["", "", "", "a String"])) if place else "",
            unit=draw(words),
        )
        for place, ((value, kind), index) in enumerate(nodes)
    ]


@given(some_variables())
def test_a_draft_is_a_config_without_mistakes_that_finds_the_same_nodes_again(found: list[Variable]) -> None:
    text = draft(found, URIS, ACCESS, NAMES, datetime(2026, 1, 15, tzinfo=UTC))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "edge.yaml"
        file.write_text(text, "utf-8")
        (device,) = load(file, {}).devices
    assert isinstance(device, OpcuaDevice)
    asked = [node_id(point.node, device.namespace, URIS) for point in device.points]
    assert asked == [variable.node for variable in found if not variable.why_not]
