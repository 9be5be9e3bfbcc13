"""The words of a stability profile in a plant folder: an item's `stability`."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, Field

from mes.stability.model import Probe
from models.stability import Band, Combination, Profile, UnknownAs
from telemetry.strict import Strict

_HOUR_US = 3_600_000_000


class BandWords(Strict):
    """Above `low`, up to and including `high` (°C): for so many hours altogether."""

    low: float
    high: float
    hours: float = Field(gt=0)


class StabilityWords(Strict):
    """What a product withstands, as one version. Older versions stay in the database."""

    version: int = Field(ge=1)
    effective_from: AwareDatetime  # of version 1: since when lots of the item are counted
    reason: str = Field(min_length=1)
    citation: str = Field(min_length=1)  # the study or the label that says so
    combination: Literal["independent", "sum_of_fractions", "arrhenius"]
    bands: tuple[BandWords, ...] = Field(min_length=1)
    activation_kj_per_mol: float = Field(83.144, gt=0)
    reference_c: float | None = None  # arrhenius: the temperature that the band's hours are told for
    unknown_as: Literal["strictest", "mildest"] = "strictest"
    resolution: Decimal = Field(Decimal("0.1"), gt=0)
    probe: Literal["air", "product"] = "air"
    product_tau_min: float | None = Field(None, gt=0)  # time constant of the packed product, for the virtual probe

    @property
    def profile(self) -> Profile:
        """What it says. Raises UnsoundProfile."""
        return Profile(
            bands=tuple(Band(low=b.low, high=b.high, allowed_us=round(b.hours * _HOUR_US)) for b in self.bands),
            combination=Combination(self.combination),
            activation_kj_per_mol=self.activation_kj_per_mol,
            reference_c=self.reference_c,
            unknown_as=UnknownAs(self.unknown_as),
            resolution=self.resolution,
        )

    @property
    def product_tau_s(self) -> float | None:
        return None if self.product_tau_min is None else 60 * self.product_tau_min

    @property
    def believed(self) -> Probe:
        """Which probes of a place are believed."""
        return Probe(self.probe)
