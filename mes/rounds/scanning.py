"""Which machine a scanned label names: the address in its QR code, its path, or its area and code. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from mes.plant.model import Equipment
from telemetry.errors import Conflict, Invalid

_PAGE = re.compile(r"/maintenance/machines/(\d{1,9})/?$")


class LabelUnknown(Invalid):
    """This label names no machine of the plant: scan the code on the machine's own label."""


class LabelOfAnother(Conflict):
    """This is the label of another machine: go to the stop of the round, or choose that stop."""


def machine_of(text: str, machines: Mapping[int, Equipment]) -> Equipment:
    """The machine that a label names; whatever host its address has. Raises LabelUnknown."""
    said = text.strip()
    page = _PAGE.search(urlsplit(said).path if "://" in said else said)
    if page and int(page.group(1)) in machines:
        return machines[int(page.group(1))]
    for machine in machines.values():
        if said and said in {machine.path, machine.path.partition("/")[2]}:
            return machine
    raise LabelUnknown(scanned=said[:200])
