"""The ledger's rows: which messages are stored, what was set aside, and how many readings met which fate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from telemetry import queries
from telemetry.store.arrival import Key, Refusal
from telemetry.store.candidate import Candidate, ledger_row
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("append.sql"))
_LEDGER = ("edge", "epoch", "sequence", "lane", "n", "first_time", "last_time", "digest")
_ASIDE = ("edge", "epoch", "sequence", "subject", "code", "detail", "n", "payload", "digest")


@dataclass(slots=True)
class Tally:
    """Readings of one edge by fate: taken = stored + duplicate + rejected."""

    stored: int = 0
    duplicate: int = 0
    rejected: int = 0


@dataclass(slots=True)
class Tallies:
    """Tallies of one transaction, by edge."""

    by_edge: dict[str, Tally] = field(default_factory=dict)

    def of(self, edge: str) -> Tally:
        return self.by_edge.setdefault(edge, Tally())


async def enter(work: Work, candidates: Sequence[Candidate]) -> dict[Key, int]:
    """Make ledger rows for what is new and answer their ids. A key that is missing there had been stored before.

    The roll-ups are told with it what is due, but for messages that touch more than an hour.
    """
    if not candidates:
        return {}
    found = [ledger_row(candidate) for candidate in candidates]
    columns = {name: [row[name] for row in found] for name in _LEDGER}
    lists: dict[str, int] = {}
    place = [lists.setdefault(row["points"], len(lists) + 1) for row in found]
    values = {**columns, "lists": list(lists), "list": place, "now": work.now}
    answer = await work.db.execute(SQL["insert_batches"], values)
    return {Key(edge, epoch, sequence): id_ for id_, edge, epoch, sequence in await answer.fetchall()}


async def known(work: Work, keys: Iterable[Key]) -> dict[Key, tuple[int, bytes]]:
    """Id and digest of the ledger rows with these keys."""
    columns = list(zip(*set(keys), strict=True))
    if not columns:
        return {}
    edges, epochs, sequences = map(list, columns)
    values = {"edge": edges, "epoch": epochs, "sequence": sequences}
    answer = await work.db.execute(SQL["known_digests"], values)
    return {Key(edge, epoch, sequence): (id_, digest) for id_, edge, epoch, sequence, digest in await answer.fetchall()}


async def set_aside(work: Work, refusal: Refusal, tallies: Tallies) -> None:
    """Keep what can't be stored, with its reason. The same bytes under the same subject are kept once."""
    facts = {name: getattr(refusal, name) for name in _ASIDE}
    fresh = await work.scalar(SQL["set_aside"], **facts, now=work.now)
    tally = tallies.of(refusal.edge or "unknown")
    if fresh is None:
        tally.duplicate += refusal.n
    else:
        tally.rejected += refusal.n


async def count(work: Work, tallies: Tallies) -> None:
    """Add a transaction's tallies to the edges' counts; last in the transaction, for these rows are shared by all."""
    edges = sorted(tallies.by_edge)
    if not edges:
        return
    counted = [tallies.by_edge[edge] for edge in edges]
    await work.run(
        SQL["count_fates"],
        edge=edges,
        stored=[t.stored for t in counted],
        duplicate=[t.duplicate for t in counted],
        rejected=[t.rejected for t in counted],
        now=work.now,
    )
