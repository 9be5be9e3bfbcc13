"""Walks a server's address space: every variable below Objects, with its type, whether it can be read, and its unit.

Asked in calls that the server takes, breadth first; a node is visited once, however many ways lead to it, so loops of
references do no harm. The server's own object is left out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from edge.drivers.opcua.profiles import NODES_PER_CALL, chunks
from edge.drivers.opcua.server import Limits

_OBJECTS = ua.NodeId(ua.Int32(ObjectIds.ObjectsFolder))
_SERVER = ua.NodeId(ua.Int32(ObjectIds.Server))
_HIERARCHY = ua.NodeId(ua.Int32(ObjectIds.HierarchicalReferences))
_PROPERTY = ua.NodeId(ua.Int32(ObjectIds.HasProperty))
_ABOUT = frozenset(("EURange", "EngineeringUnits"))
_NUMBERS = frozenset(range(1, 12))
"""Built-in types Boolean to Double."""
Tell = Callable[[int], None]
"""Hears how many nodes were found so far."""


@dataclass(slots=True)
class Variable:
    """A node that has a value."""

    node: ua.NodeId
    path: tuple[str, ...]  # browse names from Objects on
    about: dict[str, ua.NodeId] = field(default_factory=dict)  # properties that say what its number means
    why_not: str = ""  # why it can't be a point; empty where it can
    unit: str = ""
    range: str = ""


async def variables(client: Client, limits: Limits, tell: Tell = lambda _: None) -> list[Variable]:
    """All variables, in the order in which the server names them. Raises asyncua's UaError."""
    found: dict[ua.NodeId, Variable] = {}
    visited = {_OBJECTS, _SERVER}
    level: list[tuple[ua.NodeId, tuple[str, ...]]] = [(_OBJECTS, ())]
    while level:
        below: list[tuple[ua.NodeId, tuple[str, ...]]] = []
        async for (parent, path), reference in _children(client, level, limits.nodes_per_browse):
            node = _local(reference)
            if node is None:
                continue
            name = reference.BrowseName.Name or str(node.Identifier)
            if reference.ReferenceTypeId == _PROPERTY:
                if name in _ABOUT and parent in found:
                    found[parent].about[name] = node
                continue
            if node in visited:
                continue
            visited.add(node)
            if reference.NodeClass == ua.NodeClass.Variable:
                found[node] = Variable(node, (*path, name))
            below.append((node, (*path, name)))
            tell(len(visited))
        level = below
    everything = list(found.values())
    await _look_at(client, everything, limits.nodes_per_read)
    return everything


def _local(reference: ua.ReferenceDescription) -> ua.NodeId | None:
    """The node, where it is of this server."""
    node = reference.NodeId
    if getattr(node, "ServerIndex", 0) or getattr(node, "NamespaceUri", None):
        return None
    return ua.NodeId(node.Identifier, node.NamespaceIndex, node.NodeIdType)


async def _children(
    client: Client, parents: Sequence[tuple[ua.NodeId, tuple[str, ...]]], most: int
) -> AsyncIterator[tuple[tuple[ua.NodeId, tuple[str, ...]], ua.ReferenceDescription]]:
    """Each reference down from these nodes, with the parent that it starts at."""
    for places in chunks(len(parents), most):
        part = [parents[place] for place in places]
        ask = ua.BrowseParameters()
        ask.RequestedMaxReferencesPerNode = NODES_PER_CALL
        ask.NodesToBrowse = [_downwards(node) for node, _ in part]
        results = await client.uaclient.browse(ask)
        waiting = list(zip(part, results, strict=True))
        while waiting:
            for parent, result in waiting:
                for reference in result.References or ():
                    yield parent, reference
            waiting = await _more(client, [(p, r) for p, r in waiting if r.ContinuationPoint], most)


async def _more(client: Client, cut: list[tuple[Any, ua.BrowseResult]], most: int) -> list[tuple[Any, ua.BrowseResult]]:
    """The next part of answers that were too long for one."""
    found: list[tuple[Any, ua.BrowseResult]] = []
    for places in chunks(len(cut), most):
        part = [cut[place] for place in places]
        ask = ua.BrowseNextParameters()
        ask.ReleaseContinuationPoints = False
        ask.ContinuationPoints = [result.ContinuationPoint for _, result in part]
        results = await client.uaclient.browse_next(ask)
        found += [(parent, result) for (parent, _), result in zip(part, results, strict=True)]
    return found


def _downwards(node: ua.NodeId) -> ua.BrowseDescription:
    asked = ua.BrowseDescription()
    asked.NodeId = node
    asked.BrowseDirection = ua.BrowseDirection.Forward
    asked.ReferenceTypeId = _HIERARCHY
    asked.IncludeSubtypes = True
    asked.NodeClassMask = ua.NodeClass.Object | ua.NodeClass.Variable
    asked.ResultMask = ua.BrowseResultMask.All
    return asked


async def _look_at(client: Client, found: Sequence[Variable], most: int) -> None:
    """Read what each variable holds now, and what its number means."""
    values = [value async for value in _read(client, [v.node for v in found], AttributeIds.Value, most)]
    levels = [value async for value in _read(client, [v.node for v in found], AttributeIds.UserAccessLevel, most)]
    for variable, value, level in zip(found, values, levels, strict=True):
        variable.why_not = _why_not(value, level)
    about = [(v, name, node) for v in found if not v.why_not for name, node in v.about.items()]
    meanings = [value async for value in _read(client, [node for _, _, node in about], AttributeIds.Value, most)]
    for (variable, _, _), meaning in zip(about, meanings, strict=True):
        _note(variable, meaning.Value.Value if meaning.Value is not None else None)


async def _read(
    client: Client, nodes: Sequence[ua.NodeId], attribute: AttributeIds, most: int
) -> AsyncIterator[ua.DataValue]:
    for places in chunks(len(nodes), most):
        for value in await client.uaclient.read_attributes([nodes[place] for place in places], attribute):
            yield value


def _why_not(value: ua.DataValue, level: ua.DataValue) -> str:
    """Why a variable can't be a point."""
    allowed = level.Value.Value if level.Value is not None else None
    if isinstance(allowed, int) and not allowed & 1:
        return "may not be read by this user"
    variant, status = value.Value, value.StatusCode
    if variant is None or variant.Value is None:
        bad = status is not None and not status.is_good()
        return f"no value: {status.name}" if bad and status is not None else "no value"
    if isinstance(variant.Value, list):
        return f"an array of {variant.VariantType.name}"
    return "" if variant.VariantType.value in _NUMBERS else f"a {variant.VariantType.name}"


def _note(variable: Variable, meaning: Any) -> None:
    if isinstance(meaning, ua.Range):
        variable.range = f"{meaning.Low:g} to {meaning.High:g}"
    elif isinstance(meaning, ua.EUInformation):
        variable.unit = str(meaning.DisplayName.Text or "")
