"""The buffer's file: opened with what makes a commit durable, moved aside when it can't be read, brought up to date.

Its journal stays small: it is written into the file every two megabytes, and cut back when it grew beyond.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from telemetry.batch import Gap
from telemetry.queries import load

log = logging.getLogger(__name__)

SQL = load(Path(__file__).with_name("buffer.sql"))
FILE = "buffer.db"
JOURNAL_PAGES = 500
"""With so many the journal is written into the file, and begun again."""
JOURNAL_BYTES = 4_000_000
"""A commit of very many blocks may need more; the journal is cut back to so much afterwards."""
PRAGMAS = (
    "locking_mode=EXCLUSIVE",
    "journal_mode=WAL",
    "synchronous=FULL",
    "cell_size_check=ON",
    f"journal_size_limit={JOURNAL_BYTES}",
    f"wal_autocheckpoint={JOURNAL_PAGES}",
)
LANE_NUMBERS = {"gap": 0, "cold-chain": 1, "process": 2, "bulk": 3}
_SEQUENCE_BITS = 56
_LOCK_WAIT_S = 2.0
_HALF = 2**31  # a file's head has 32 bits with a sign
_FORM = 1000
"""Blocks of an older form that are moved in one commit."""


def content_key(lane: str, sequence: int) -> int:
    """Where a block's bytes stand: lane by lane, so that the oldest of a lane leave whole pages behind."""
    return LANE_NUMBERS[lane] << _SEQUENCE_BITS | sequence


def opened(path: Path) -> sqlite3.Connection:
    """The file, made where it is missing. Raises sqlite3.Error."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_LOCK_WAIT_S)
    try:
        for pragma in PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
        db.executescript(SQL["schema"])
    except BaseException:
        db.close()
        raise
    return db


def used_bytes(db: sqlite3.Connection) -> int:
    """How much of the file is in use, in whole pages. What is not stays with the file, and is used next."""
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def row_bytes(db: sqlite3.Connection, size: int) -> int:
    """How much of the file a block of so many bytes may take, at most."""
    page: int = db.execute("PRAGMA page_size").fetchone()[0]
    return (size + 200 + page - 1) // page * page


def remains(path: Path) -> Gap:
    """What a file that can't be read still tells of what waited in it. Numbers are 0 where it doesn't."""
    written_us = path.stat().st_mtime_ns // 1000 if path.exists() else 0
    db = sqlite3.connect(path, isolation_level=None, timeout=_LOCK_WAIT_S)
    try:
        epoch = _asked(db, "get_meta", ("epoch",)) or (0,)
        _, n, first_us, last_us, first, last, _ = _asked(db, "totals") or (0,) * 7
    finally:
        db.close()
    return Gap("all", first or 0, last or 0, first_us or 0, last_us or written_us, n, "damaged", epoch[0])


def mark_epoch(db: sqlite3.Connection, epoch: int) -> None:
    """Write the epoch's second into the file's head, where it can be read when nothing else can."""
    db.execute(f"PRAGMA user_version = {epoch // 1000 - _HALF}")


def epoch_mark(path: Path) -> int:
    """An epoch that no epoch of this file comes after; 0 where its head does not tell."""
    db = sqlite3.connect(path, isolation_level=None, timeout=_LOCK_WAIT_S)
    try:
        second = _asked(db, "epoch_mark") or (0,)
    finally:
        db.close()
    return (second[0] + _HALF + 1) * 1000 if second[0] else 0


def move_aside(path: Path, stamp: int) -> None:
    """Give a file and its journal another name; nothing of it is deleted.

    The file goes first: one that a kill left without its journal would open as an older state, and be believed.
    """
    for each in sorted(path.parent.glob(f"{path.name}*")):
        if "unreadable" not in each.name:
            each.rename(each.with_name(f"{each.name}.unreadable-{stamp}"))


def bring_up(db: sqlite3.Connection) -> list[Gap]:
    """Move blocks of an older form over, a part at a commit; answers what that form has recorded as given up."""
    if not db.execute(SQL["first_form"]).fetchone()[0]:
        return []
    while rows := db.execute(SQL["first_form_blocks"], (_FORM,)).fetchall():
        db.execute("BEGIN IMMEDIATE")
        for seq, lane, first, last, n, block in rows:
            db.execute(SQL["add_block"], (seq, lane, first, last, n, len(block), 0))
            db.execute(SQL["add_content"], (content_key(lane, seq), block))
        db.execute(SQL["first_form_delete"], (rows[-1][0],))
        db.execute("COMMIT")
    told = db.execute(SQL["first_form_gaps"]).fetchall()
    return [Gap(lane, first, last, first_us, last_us, n, "full") for lane, first, last, first_us, last_us, n in told]


def end_of_first_form(db: sqlite3.Connection, last: int) -> None:
    """Nothing of the older form is needed any more but its `last` sequence, after which it goes on."""
    if db.execute(SQL["first_form"]).fetchone()[0]:
        for statement in SQL["first_form_end"].split(";"):
            db.execute(statement, {"last": last} if ":last" in statement else {})


def _asked(db: sqlite3.Connection, question: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
    try:
        answer: tuple[Any, ...] | None = db.execute(SQL[question], values).fetchone()
    except sqlite3.Error as error:
        log.info("the damaged buffer does not tell its %s: %s", question, error)
        return None
    return answer
