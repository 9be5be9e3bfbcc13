"""The bytes of a file as UTF-8, in chunks of whole lines: packed or not, in whatever letters the logger wrote.

A line of the file is a line here, so that what can't be read is found again by its number.
"""

from __future__ import annotations

import codecs
import gzip
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, BinaryIO, cast

from telemetry.errors import Invalid

_CHUNK = 16 << 20
_HEAD = 256 << 10
_NO_TEXT = {b"PK\x03\x04": "xlsx or zip", b"\xd0\xcf\x11\xe0": "xls", b"%PDF": "pdf", b"SQLite": "sqlite"}
_CHINESE = ("时间", "温度", "日期", "测点", "序号", "记录", "湿度", "设备", "编号", "数值")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class FileIsEmpty(Invalid):
    """There is nothing in this file."""


class FileIsNoText(Invalid):
    """This is no text. Save the sheet as CSV, or export CSV from the logger's program, and give that file."""


class FileIsDamaged(Invalid):
    """This packed file is cut off or damaged. Fetch it again: what is missing might be an excursion."""


class EncodingUnknown(Invalid):
    """There is no such encoding. Examples: utf-8, gb18030, utf-16, cp1252."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that may be read several times."""

    path: Path
    kept: BinaryIO | None  # what came through standard input
    packed: bool
    encoding: str

    @property
    def name(self) -> str:
        return str(self.path)

    @classmethod
    def of(cls, path: Path, encoding: str | None = None) -> Source:
        """`-` is standard input. Raises FileIsEmpty, FileIsNoText, EncodingUnknown, OSError."""
        kept = _kept(path)
        source = cls(path, kept, packed=False, encoding="")
        with source.opened() as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        source = replace(source, packed=packed)
        with source.opened() as stream:
            head = stream.read(_HEAD)
        if not head.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
            raise FileIsEmpty(file=str(path))
        for magic, kind in _NO_TEXT.items():
            if head.startswith(magic):
                raise FileIsNoText(file=str(path), kind=kind)
        return replace(source, encoding=_known(encoding) if encoding else _encoding_of(head))

    def head(self) -> list[str]:
        """The first lines, without their ends."""
        text = next(self.chunks(_HEAD)).decode("utf-8", errors="replace")
        return [line.rstrip("\r") for line in text.split("\n")]

    def chunks(self, size: int = _CHUNK) -> Iterator[bytes]:
        """The whole file from its beginning; each chunk ends with a line, the last one may lack its line's end."""
        rest = b""
        turned: bool | None = None  # whether lines end with a carriage return alone
        for part in self._decoded(size):
            text = rest + part
            if turned is None:
                turned = b"\n" not in text and b"\r" in text
            if turned:
                text = text.replace(b"\r", b"\n")
            cut = text.rfind(b"\n") + 1
            rest = text[cut:]
            if cut:
                yield text[:cut]
        if rest:
            yield rest

    def _decoded(self, size: int) -> Iterator[bytes]:
        with self.opened() as opened:
            if self.encoding in {"utf-8", "utf-8-sig"}:
                if opened.read(3) != codecs.BOM_UTF8:
                    opened.seek(0)
                while part := opened.read(size):
                    yield part
                return
            decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")
            while part := opened.read(size):
                yield decoder.decode(part).encode()
            yield decoder.decode(b"", final=True).encode()

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The bytes from the beginning, unpacked."""
        with nullcontext(self.kept) if self.kept else self.path.open("rb") as stream:
            stream.seek(0)
            if not self.packed:
                yield stream
                return
            try:
                with gzip.open(stream) as unpacked:
                    yield cast("IO[bytes]", unpacked)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise FileIsDamaged(file=self.name, reason=str(error)) from error


def _kept(path: Path) -> BinaryIO | None:
    """A copy of what can be read only once: standard input, a pipe; None for a file."""
    if str(path) != "-" and not (path.exists() and not path.is_file() and not path.is_dir()):
        return None
    kept = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the program runs)
    with nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb") as stream:
        shutil.copyfileobj(stream, kept)
    return cast("BinaryIO", kept)


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise EncodingUnknown(encoding=encoding) from error
    return "utf-8-sig" if name == "utf-8" else name


def _encoding_of(head: bytes) -> str:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if head[1:400:2].count(0) > len(head[1:400:2]) / 2:
        return "utf-16-le"
    if head[:400:2].count(0) > len(head[:400:2]) / 2:
        return "utf-16-be"
    if _is(head, "utf-8"):
        return "utf-8"
    # a degree sign of a western page is half a Chinese letter, so that much would pass for Chinese
    chinese = _is(head, "gb18030") and any(word in head.decode("gb18030", errors="ignore") for word in _CHINESE)
    return "gb18030" if chinese else "cp1252"


def _is(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True
