"""Logger files of any kind: rows near the limits of a policy, in any order, written as loggers write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from tests.oracles.evaluation import Row
from tests.oracles.packs import NAMES, Pack, Said, pack

BEGIN = datetime(2026, 1, 15, tzinfo=UTC)
STEPS_S = (1, 30, 60, 120, 300, 301, 600, 900, 901, 1800, 3600, 7200, 39_600, 90_000, 260_000)
NOTHING = ("", "---", "NaN", "inf", "Err", "N/A", "open")
UNREADABLE = ("warm", "5,5,5", "--5", "8.1 bar")
QUALITIES = ("", "good", "Good", "192", "uncertain", "64", "88", "bad", "0", "24", "strange", "300 bar")
MOMENTS_UNREADABLE = ("", "yesterday", "2026-13-40T00:00:00Z", "total")


@dataclass(frozen=True, slots=True)
class Writing:
    """How a file is written."""

    separator: str = ","
    comma: bool = False  # decimal commas
    ends: str = "\n"
    mark: bool = False  # a byte order mark
    order: tuple[str, ...] = ("time", "value", "point", "quality")

    def text(self, rows: list[Row]) -> bytes:
        """The file."""
        lines = [self.separator.join(self.order)]
        for row in rows:
            value = row.value.replace(".", ",") if self.comma else row.value
            cells = {"time": row.time, "value": value, "point": row.point or "", "quality": row.quality}
            lines.append(self.separator.join(self._quoted(cells[name]) for name in self.order))
        told = self.ends.join(lines) + self.ends
        return told.encode("utf-8-sig" if self.mark else "utf-8")

    def _quoted(self, cell: str) -> str:
        return f'"{cell}"' if self.separator in cell else cell


WRITINGS = st.builds(
    Writing,
    separator=st.sampled_from([",", ";", "\t"]),
    ends=st.sampled_from(["\n", "\r\n"]),
    mark=st.booleans(),
    order=st.permutations(["time", "value", "point", "quality"]).map(tuple),
)
SAID = st.builds(
    Said,
    low=st.sampled_from([None, None, None, "2", "-0.5", "none"]),
    high=st.sampled_from([None, None, None, "8", "7.5", "none"]),
    delay=st.sampled_from([None, None, "0", "30m", "1h30m"]),
    deadband=st.sampled_from([None, None, "0", "0.5", "1.2"]),
    stale=st.sampled_from([None, None, "90s", "15m", "2h", "3d"]),
)


def near(rules: Pack) -> st.SearchStrategy[str]:
    """Values about the limits of a pack, and some far from all of them."""
    limits = {0.0}
    for level in rules.levels.values():
        limits |= {limit for limit in (level.low, level.high) if limit is not None}
    limits |= {rule["limit"] for rule in rules.cumulative}
    limits |= {rule[name] for rule in rules.allowances for name in ("floor", "ceiling") if name in rule}
    beside = [
        limit + step
        for limit in limits
        for step in (0, 0.04, 0.05, 0.06, -0.04, -0.05, -0.06, 0.3, -0.3, 0.5, -0.5, 3, -3)
    ]
    return st.one_of(
        st.sampled_from([repr(round(value, 2)) for value in beside]),
        st.floats(min(limits) - 20, max(limits) + 20).map(repr),
        st.sampled_from(["8.100000000000001", "+5", "5.", ".5", "1e1", "<-40", ">60", "> 60.5", "-9999", "-273.15"]),
    )


@st.composite
def rows(draw: st.DrawFn, rules: Pack) -> list[Row]:
    """Lines in the order of time and then not quite: late ones, doubles, and lines that are none."""
    values, written = near(rules), st.sampled_from(["Z", "+08:00", "-03:30"])
    names = draw(st.sampled_from([(None,), ("A",), ("A", "B"), ("cold room 2", "A", "B")]))
    at, found = BEGIN, []
    for _ in range(draw(st.integers(1, 24))):
        at += timedelta(seconds=draw(st.sampled_from(STEPS_S)), milliseconds=draw(st.sampled_from([0, 0, 0, 0, 250])))
        value = draw(st.one_of(values, values, values, values, st.sampled_from(NOTHING), st.sampled_from(UNREADABLE)))
        quality = draw(st.one_of(st.just(""), st.just(""), st.sampled_from(QUALITIES)))
        found.append(Row(_written(at, draw(written)), value, draw(st.sampled_from(names)), quality))
    again = draw(st.lists(st.sampled_from(found), max_size=4))
    found += [row if draw(st.booleans()) else Row(row.time, draw(values), row.point, row.quality) for row in again]
    for text in draw(st.lists(st.sampled_from(MOMENTS_UNREADABLE), max_size=1)):
        found.insert(draw(st.integers(1, len(found))), Row(text, "5", names[0], ""))
    return draw(st.one_of(st.just(found), st.permutations(found)))


def _written(at: datetime, offset: str) -> str:
    if offset == "Z":
        return at.isoformat().replace("+00:00", "Z")
    sign = -1 if offset[0] == "-" else 1
    shift = sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
    return at.astimezone(timezone(shift)).isoformat()


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, Said, Pack, list[Row]]:
    """A pack, what is said beside it, the rules that come of both, and a file."""
    name, said = draw(st.sampled_from(NAMES)), draw(SAID)
    rules = said.over(pack(name))
    return name, said, rules, draw(rows(rules))
