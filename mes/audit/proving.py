"""The trail proven piece by piece: from a checkpoint on, as many rows as there is time for."""

from __future__ import annotations

from pathlib import Path

from mes.audit.model import Checkpoint, Entry, Proof, Verdict
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


async def prove_on(work: Work, proven: Checkpoint, most: int) -> Verdict:
    """Prove up to `most` rows after a checkpoint. `rows` of the answer: the number of the last row that is proven.

    The checkpoint's own row is looked at again: one that is gone, or another in its place, is the first that is bad.
    """
    rows = await work.all(SQL["chain_from"], Entry, seq=proven.seq, most=most + 1)
    if proven.seq:
        known = rows[0] if rows else None
        if known is None or known.seq != proven.seq or known.hash != proven.head:
            return Verdict(proven.seq - 1, "", proven.seq)
        rows = rows[1:]
    proof = Proof(rows=proven.seq, head=proven.head)
    proof.follow(rows)
    return proof.verdict()
