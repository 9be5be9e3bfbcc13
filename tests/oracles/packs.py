"""A pack as its file says it, with what the command line says instead: as much of it as a file is judged by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.oracles.readings import SECOND_US, Range

FOLDER = Path(__file__).parents[2] / "mes" / "policies" / "packs"
NAMES = tuple(sorted("@".join(path.name.split(".")[:2]) for path in FOLDER.glob("*.yaml")))
LEVELS = ("warn", "alarm", "critical")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules by section, as mappings with durations in seconds."""

    deadband: float
    stale_s: float
    resolution: Decimal
    levels: dict[str, Range]
    cumulative: list[dict[str, Any]] = field(default_factory=list)
    rate: dict[str, Any] | None = None
    kinetic: dict[str, Any] | None = None
    allowances: list[dict[str, Any]] = field(default_factory=list)
    cadence: dict[str, Any] | None = None
    completeness: float = 0.95

    @property
    def stale_us(self) -> int:
        return round(self.stale_s * SECOND_US)

    @property
    def allows(self) -> bool:
        """Whether time outside the limits is allowed, so that an alarm alone doesn't decide."""
        return self.kinetic is not None or bool(self.allowances)


def seconds(text: object) -> float:
    """Of `30m`, `1h30m`, or a number of seconds."""
    if isinstance(text, int | float):
        return float(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd])", str(text))
    return sum(float(number) * _UNITS_S[unit] for number, unit in parts) if parts else float(str(text))


@cache
def pack(name: str) -> Pack:
    """By its name and version, `gsp_cn@1`."""
    said = yaml.safe_load((FOLDER / f"{name.replace('@', '.')}.yaml").read_text("utf-8"))
    durations = ("allowed", "window", "longest", "over", "storage", "transport", "out", "refresh")

    def rule(of: dict[str, Any]) -> dict[str, Any]:
        return {key: seconds(value) if key in durations else value for key, value in of.items()}

    return Pack(
        deadband=float(said["deadband"]),
        stale_s=seconds(said["stale"]),
        resolution=Decimal(str(said["resolution"])),
        levels={level: _range(said["levels"][level]) for level in LEVELS if level in said["levels"]},
        cumulative=[rule(each) for each in said.get("cumulative", [])],
        rate=rule(said["rate"]) if "rate" in said else None,
        kinetic=rule(said["kinetic"]) if "kinetic" in said else None,
        allowances=[rule(each) for each in said.get("allowances", [])],
        cadence=rule(said["cadence"]) if "cadence" in said else None,
        completeness=said.get("completeness", 0.95),
    )


def _range(said: dict[str, Any]) -> Range:
    delay_s = seconds(said.get("delay", 0))
    return Range(
        low=said.get("low"),
        high=said.get("high"),
        low_inclusive=said.get("low_inclusive", False),
        high_inclusive=said.get("high_inclusive", False),
        low_delay_s=seconds(said.get("low_delay", delay_s)),
        high_delay_s=seconds(said.get("high_delay", delay_s)),
    )


@dataclass(frozen=True, slots=True)
class Said:
    """Options of the command line; None: nothing said."""

    low: str | None = None
    high: str | None = None
    delay: str | None = None
    deadband: str | None = None
    stale: str | None = None

    @property
    def words(self) -> list[str]:
        """As they are typed."""
        options = {"low": self.low, "high": self.high, "delay": self.delay}
        options |= {"deadband": self.deadband, "stale": self.stale}
        return [word for name, value in options.items() if value is not None for word in (f"--{name}", value)]

    def over(self, rules: Pack) -> Pack:
        """The pack with these instead. New limits are the alarm's, and what else spoke of limits goes."""
        alarm = rules.levels["alarm"]
        if self.delay is not None:
            alarm = replace(alarm, low_delay_s=seconds(self.delay), high_delay_s=seconds(self.delay))
        if self.low is not None:
            alarm = replace(alarm, low=None if self.low == "none" else float(self.low), low_inclusive=False)
        if self.high is not None:
            alarm = replace(alarm, high=None if self.high == "none" else float(self.high), high_inclusive=False)
        changed = replace(
            rules,
            levels=rules.levels | {"alarm": alarm},
            deadband=rules.deadband if self.deadband is None else float(self.deadband),
            stale_s=rules.stale_s if self.stale is None else seconds(self.stale),
        )
        if self.low is None and self.high is None:
            return changed
        return replace(changed, levels={"alarm": alarm}, cumulative=[], allowances=[])
