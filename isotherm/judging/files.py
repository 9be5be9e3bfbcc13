"""Which sets of data lie in a folder, by the names that publishers gave folders and files, and who judges them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from isotherm.judging.report import Judge
from telemetry.errors import NotFound


class NothingToJudge(NotFound):
    """No set of data was found in this folder."""


class DataSet(StrEnum):
    """In the order in which they are judged; the name is that of the module, too."""

    SKAB = "skab"  # water circulation, valves and pumps
    TEP = "tep"  # Tennessee Eastman, a chemical plant
    NAB = "nab"  # temperature of a machine over months
    COLDROOM = "coldroom"  # freezer rooms with faults
    CMAPSS = "cmapss"  # engines run to failure
    IMS = "ims"  # bearings run to failure
    AI4I = "ai4i"  # states of a milling machine
    LBNL = "lbnl"  # air handling units


@dataclass(frozen=True, slots=True)
class Layout:
    """Names that a set's folder may have, and files of which one must be there; `*` stands for anything."""

    folders: tuple[str, ...]
    files: tuple[str, ...]

    def is_in(self, folder: Path) -> bool:
        return folder.is_dir() and any(next(folder.glob(each), None) for each in self.files)


LAYOUTS: Mapping[DataSet, Layout] = MappingProxyType(
    {
        DataSet.SKAB: Layout(("skab", "SKAB"), ("valve1/*.csv", "valve2/*.csv", "other/*.csv")),
        DataSet.TEP: Layout(("tep", "TEP", "tennessee_eastman"), ("d[0-9][0-9]_test.csv",)),
        DataSet.NAB: Layout(("nab", "NAB"), ("combined_windows.json", "labels/combined_windows.json")),
        DataSet.COLDROOM: Layout(("coldroom",), ("rooms.csv.gz", "rooms.csv")),
        DataSet.CMAPSS: Layout(("cmapss", "CMAPSS", "CMAPSSData"), ("train_FD001.txt",)),
        DataSet.IMS: Layout(("ims_bearing", "ims", "IMS"), ("*10min*.csv", "*bearing*.csv", "*test*.csv")),
        DataSet.AI4I: Layout(("ai4i2020", "ai4i"), ("ai4i*.csv",)),
        DataSet.LBNL: Layout(("lbnl_ahu", "lbnl", "LBNL"), ("*ZVAV*.csv", "*AHU*.csv")),
    }
)


def found_in(data: Path, wanted: Sequence[DataSet] = ()) -> dict[DataSet, Path]:
    """Sets and where they lie: in a folder of their name, or in the folder itself. Raises NothingToJudge."""
    asked = [each for each in DataSet if each in wanted or not wanted]
    found = {each: folder for each in asked if (folder := _folder_of(LAYOUTS[each], data)) is not None}
    if not found:
        looked_for = [f"{each.value}: {LAYOUTS[each].folders[0]}/{LAYOUTS[each].files[0]}" for each in asked]
        raise NothingToJudge(folder=str(data), looked_for=looked_for)
    return found


def judge_of(each: DataSet) -> Judge:
    """The judge of a set; its model is loaded only now."""
    judge: Judge = import_module(f"isotherm.judging.{each.value}").judge
    return judge


def _folder_of(layout: Layout, data: Path) -> Path | None:
    places = [data / name for name in layout.folders] + ([data] if data.name in layout.folders else [])
    return next((place for place in places if layout.is_in(place)), None)
