"""The standard's address space is built once for all of asyncua's servers in a test run, and copied for each.

Building takes asyncua a second of processor time a server, copying a twentieth of it.
"""

from __future__ import annotations

import gc
from typing import Any

from asyncua.server.address_space import AddressSpace, AttributeValue, NodeData
from asyncua.server.server import Server

_standard: dict[Any, NodeData] = {}


async def initialised(server: Server) -> Server:
    """The same as `server.init()`."""
    internal: Any = server.iserver
    if not _standard:
        await internal.load_standard_address_space()
        _standard.update(_copied(internal.aspace._nodes))
    else:
        _fill(internal.aspace)

    async def loaded(_: object = None) -> None:
        """It is there already."""

    internal.load_standard_address_space = loaded
    await server.init()
    return server


def _fill(space: AddressSpace) -> None:
    space._nodes.update(_copied(_standard))


def _copied(nodes: dict[Any, NodeData]) -> dict[Any, NodeData]:
    """With attributes and references of their own; values are replaced when they are written, never changed."""
    gc.disable()  # it would look at each of 80,000 new objects many times
    try:
        return {node_id: _node(node) for node_id, node in nodes.items()}
    finally:
        gc.enable()


def _node(node: NodeData) -> NodeData:
    again = NodeData(node.nodeid)
    again.attributes = {key: _attribute(attribute) for key, attribute in node.attributes.items()}
    again.references = list(node.references)
    again.call = node.call
    return again


def _attribute(attribute: Any) -> AttributeValue:
    again = AttributeValue(attribute.value)
    again.value_callback, again.value_setter = attribute.value_callback, attribute.value_setter
    return again
