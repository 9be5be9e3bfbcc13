"""The Sparkplug B payload as protobuf, built from the field numbers of the Sparkplug 3.0 specification (6.4).

Only what is read is declared; protobuf skips the rest. Text is declared as bytes, and what may nest without end (data
sets, templates, properties within properties) as bytes too: on the wire they look the same, and no sender can make the
parser climb or refuse a whole message for one bad letter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_PACKAGE = "edge.sparkplug"
_LABELS = {"optional": FieldDescriptorProto.LABEL_OPTIONAL, "repeated": FieldDescriptorProto.LABEL_REPEATED}
_TYPES = {
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
    "float": FieldDescriptorProto.TYPE_FLOAT,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
}
Field = tuple[str, int, str, str]
"""Name, number, type, and `optional`, `repeated` or `value` for one of the alternatives of a value."""

_FIELDS: Mapping[str, Sequence[Field]] = MappingProxyType(
    {
        "Payload": (
            ("timestamp", 1, "uint64", "optional"),  # ms since 1970, of the sending
            ("metrics", 2, "Metric", "repeated"),
            ("seq", 3, "uint64", "optional"),  # 0..255
        ),
        "Metric": (
            ("name", 1, "bytes", "optional"),
            ("alias", 2, "uint64", "optional"),
            ("timestamp", 3, "uint64", "optional"),  # ms since 1970, of the measurement
            ("datatype", 4, "uint32", "optional"),
            ("is_historical", 5, "bool", "optional"),
            ("is_transient", 6, "bool", "optional"),
            ("is_null", 7, "bool", "optional"),
            ("properties", 9, "PropertySet", "optional"),
            ("int_value", 10, "uint32", "value"),
            ("long_value", 11, "uint64", "value"),
            ("float_value", 12, "float", "value"),
            ("double_value", 13, "double", "value"),
            ("boolean_value", 14, "bool", "value"),
            ("string_value", 15, "bytes", "value"),
            ("bytes_value", 16, "bytes", "value"),
            ("dataset_value", 17, "bytes", "value"),
            ("template_value", 18, "bytes", "value"),
            ("extension_value", 19, "bytes", "value"),
        ),
        "PropertySet": (
            ("keys", 1, "bytes", "repeated"),
            ("values", 2, "PropertyValue", "repeated"),
        ),
        "PropertyValue": (
            ("type", 1, "uint32", "optional"),
            ("is_null", 2, "bool", "optional"),
            ("int_value", 3, "uint32", "value"),
            ("long_value", 4, "uint64", "value"),
            ("float_value", 5, "float", "value"),
            ("double_value", 6, "double", "value"),
            ("boolean_value", 7, "bool", "value"),
            ("string_value", 8, "bytes", "value"),
            ("propertyset_value", 9, "bytes", "value"),
            ("propertysets_value", 10, "bytes", "value"),
            ("extension_value", 11, "bytes", "value"),
        ),
    }
)


def _message(name: str, fields: Sequence[Field]) -> DescriptorProto:
    described = DescriptorProto(name=name)
    if any(label == "value" for *_, label in fields):
        described.oneof_decl.add(name="value")
    for field_name, number, kind, label in fields:
        field = described.field.add(name=field_name, number=number, label=_LABELS.get(label, _LABELS["optional"]))
        if kind in _TYPES:
            field.type = _TYPES[kind]
        else:
            field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
        if label == "value":
            field.oneof_index = 0
    return described


def _payload_class() -> Any:
    pool = DescriptorPool()
    file = FileDescriptorProto(name="sparkplug", package=_PACKAGE, syntax="proto2")
    file.message_type.extend(_message(name, fields) for name, fields in _FIELDS.items())
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


Payload: Any = _payload_class()
"""The message class: `Payload.FromString(bytes)`, `payload.SerializeToString()`."""
