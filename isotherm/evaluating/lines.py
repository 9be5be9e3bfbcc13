"""A chunk of lines as columns of text: a row a line, blank ones too, so that rows and line numbers never part."""

from __future__ import annotations

import polars as pl
from polars.exceptions import PolarsError

from isotherm.evaluating.header import split

BEYOND = 4
"""Columns that are looked at behind those which the header names."""


def columns_of(chunk: bytes, separator: str, width: int) -> pl.DataFrame:
    """Columns `c0`, `c1`, ... of a chunk; what a line lacks, or has empty, is null."""
    names = [f"c{index}" for index in range(width + BEYOND)]
    n = chunk.count(b"\n") + (not chunk.endswith(b"\n"))
    all_of_them = separator.encode() * (len(names) - 1) + b"\n"  # its first line tells polars how many there are
    try:
        frame = pl.read_csv(
            all_of_them + chunk,
            has_header=False,
            separator=separator,
            quote_char='"' if b'"' in chunk else None,
            schema=dict.fromkeys(names, pl.String),
            truncate_ragged_lines=True,
        ).slice(1)
    except PolarsError:  # a quotation mark astray, or letters that are none: line by line then
        return _line_by_line(chunk, separator, names)
    return frame if frame.height == n else _line_by_line(chunk, separator, names)


def _line_by_line(chunk: bytes, separator: str, names: list[str]) -> pl.DataFrame:
    lines = texts_of(chunk)
    rows = [split(line, separator)[: len(names)] for line in lines]
    return pl.DataFrame(
        {name: [row[i] or None if i < len(row) else None for row in rows] for i, name in enumerate(names)},
        schema=dict.fromkeys(names, pl.String),
    )


def texts_of(chunk: bytes) -> list[str]:
    """The lines of a chunk as they stand."""
    return chunk.removesuffix(b"\n").decode("utf-8", errors="replace").split("\n")
