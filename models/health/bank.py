"""Machines of one kind by their names: a row each in every detector, in one order of time.

Readings come late, doubled and in any order. Rows of one delivery are put in order first; what is not after the
machine's last time is dropped and counted, so a delivery that comes twice changes nothing. A lost tick is a gap.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.health.api import Member, Qualities, Reason, Result, Rows, State, Values
from models.health.health_index import HealthIndex
from models.health.model_watch import ModelWatch
from models.health.quality_gate import QualityGate
from models.health.table import Column, Table
from telemetry.errors import NotFound

_BLOCK = 20_000
_FEW = 1_000  # machines whose arrays are small enough to be kept anyhow
_LARGE_BYTES = 30_000_000


class NoSuchMachine(NotFound):
    """The bank knows no machine of this name."""


class Bank:
    """A gate, detectors by name, a health index of what they say and a watch over one of them, all over the same rows.

    Detectors see what the gate lets pass. Results stand side by side: "gate", each detector's name, "index", "watch".
    """

    def __init__(
        self,
        signals: Sequence[str],
        detectors: Mapping[str, Member],
        *,
        gate: QualityGate | None = None,
        index: HealthIndex | None = None,
        watch: ModelWatch | None = None,
        watched: str = "var",
    ) -> None:
        self.signals = tuple(signals)
        self.detectors = dict(detectors)
        self.gate, self.index, self.watch, self.watched = gate, index, watch, watched
        own: dict[str, Member | None] = {"gate": gate, "index": index, "watch": watch}
        self.members = {**detectors, **{name: each for name, each in own.items() if each is not None}}
        self._row: dict[Hashable, int] = {}
        self._free: list[int] = []
        self._table = Table({"last_s": Column((), -np.inf), "dropped": Column((), 0, "i8")})

    def __len__(self) -> int:
        return len(self._row)

    def __contains__(self, machine: Hashable) -> bool:
        return machine in self._row

    def add(self, machines: Iterable[Hashable]) -> Rows:
        """Rows of these machines; one that has a row keeps it."""
        for machine in (each for each in machines if each not in self._row):
            self._row[machine] = self._free.pop() if self._free else len(self._row)
        needed = len(self._row) + len(self._free)
        if needed > self._table.rows:
            _keep_heap(needed)
            self._table.grow(needed)
            for detector in self.members.values():
                detector.resize(needed)
        return self.rows(machines)

    def remove(self, machines: Iterable[Hashable]) -> None:
        """Their rows know nothing any more, and wait for other machines. Raises NoSuchMachine."""
        gone = list(dict.fromkeys(machines))
        rows = self.rows(gone)
        for detector in self.members.values():
            detector.reset(rows, Reason.REMOVED)
        self._table.begin(rows, learned=True)
        for machine in gone:
            self._free.append(self._row.pop(machine))

    def rows(self, machines: Iterable[Hashable]) -> Rows:
        """Raises NoSuchMachine."""
        try:
            return np.array([self._row[each] for each in machines], dtype=np.intp)
        except KeyError as unknown:
            raise NoSuchMachine(machine=unknown.args[0]) from unknown

    def reset(self, machines: Iterable[Hashable], reason: Reason) -> None:
        """After maintenance or a restart. Raises NoSuchMachine."""
        rows = self.rows(machines)
        for detector in self.members.values():
            detector.reset(rows, reason)

    def dropped(self, machine: Hashable) -> int:
        """How many of its rows came late or twice."""
        return int(self._table["dropped"][self.rows([machine])[0]])

    def update(
        self, rows: Rows, time_s: Values | float, x: Values, quality: Qualities | None = None
    ) -> dict[str, Result]:
        """Each detector's result, row by row as they came; NaN and no alarm where a row was dropped."""
        times = np.broadcast_to(np.asarray(time_s, dtype=np.float64), len(rows))
        told: dict[str, Result] = {}
        for wave in self._waves(rows, times):
            kept = None if quality is None else quality[wave]
            results = self._tick(rows[wave], times[wave], x[wave], kept)
            if isinstance(wave, slice) and wave == slice(None):
                return results
            for name, result in results.items():
                if name not in told:
                    told[name] = (_room if isinstance(wave, slice) else _nothing)(len(rows), result.sigma.shape[1])
                _fill(told[name], wave, result)
        return told or {name: _nothing(len(rows), len(each.signals)) for name, each in self.members.items()}

    def _tick(self, rows: Rows, times: Values, x: Values, quality: Qualities | None) -> dict[str, Result]:
        results: dict[str, Result] = {}
        if self.gate is not None:
            x, results["gate"] = self.gate.clean(rows, times, x, quality)
            quality = None
        for name, detector in self.detectors.items():
            results[name] = detector.update(rows, times, x, quality)
        if self.watch is not None:
            results["watch"] = self.watch.update(rows, times, results[self.watched].sigma)
        if self.index is not None:
            parts = np.column_stack([results[name].stat for name in self.index.signals])
            results["index"] = self.index.update(rows, times, parts)
        return results

    def state(self) -> State:
        """What the detectors know, with the rows' times; names and their rows are the owner's to keep (`places`)."""
        states = self._table.state("bank.")
        for name, detector in self.members.items():
            states.update({f"{name}.{key}": value for key, value in detector.state().items()})
        return states

    def places(self) -> dict[Hashable, int]:
        """Each machine's row."""
        return dict(self._row)

    def restore(self, state: Mapping[str, npt.NDArray[Any]], places: Mapping[Hashable, int]) -> None:
        """Go on where `state` and `places` were taken. Raises StateOfAnotherModel."""
        self._table.restore(state, "bank.")
        for name, detector in self.members.items():
            begin = f"{name}."
            detector.restore({key[len(begin) :]: value for key, value in state.items() if key.startswith(begin)})
        self._row = dict(places)
        self._free = sorted(set(range(self._table.rows)) - set(self._row.values()), reverse=True)

    def _waves(self, rows: Rows, times: Values) -> Iterator[Rows | slice]:
        """Positions to take in one after the other: each machine at most once in each, later times later."""
        last = self._table["last_s"]
        once = np.bincount(rows, minlength=1).max(initial=0) <= 1
        if once and (times > last[rows]).all():
            last[rows] = times
            yield from _blocks(len(rows))
            return
        for wave in _in_order(rows, times):
            new = times[wave] > last[rows[wave]]
            np.add.at(self._table["dropped"], rows[wave[~new]], 1)
            if new.any():
                last[rows[wave[new]]] = times[wave[new]]
                yield wave[new]


def _keep_heap(rows: int) -> None:
    """The arrays of a tick are made and freed a hundred times a second; the system should not take them back each time.

    glibc returns freed memory from a size on that follows the largest block it ever freed (mallopt(3), the dynamic
    mmap threshold): one that is never written costs nothing, and saves a third of a tick. Elsewhere it does nothing.
    """
    if rows > _FEW:
        np.empty(_LARGE_BYTES, dtype=np.uint8)


def _blocks(count: int) -> Iterator[slice]:
    """So many rows at a time that what a tick needs in between stays small."""
    if count <= _BLOCK:
        yield slice(None)
        return
    for begin in range(0, count, _BLOCK):
        yield slice(begin, min(begin + _BLOCK, count))


def _in_order(rows: Rows, times: Values) -> Iterator[Rows]:
    """Positions by each machine's how-manieth time they hold."""
    order = np.lexsort((times, rows))
    sorted_rows = rows[order]
    starts = np.flatnonzero(np.r_[True, sorted_rows[1:] != sorted_rows[:-1]]) if len(rows) else np.empty(0, np.intp)
    place = np.arange(len(rows)) - np.repeat(starts, np.diff(np.r_[starts, len(rows)]))
    for number in range(int(place.max(initial=-1)) + 1):
        yield order[place == number]


def _nothing(count: int, signals: int) -> Result:
    return Result(np.full(count, np.nan), np.zeros(count, np.uint32), np.full((count, signals), np.nan))


def _room(count: int, signals: int) -> Result:
    """Every row is going to be written."""
    return Result(np.empty(count), np.empty(count, np.uint32), np.empty((count, signals)))


def _fill(told: Result, wave: Rows | slice, result: Result) -> None:
    told.stat[wave], told.alarm[wave], told.sigma[wave] = result.stat, result.alarm, result.sigma
