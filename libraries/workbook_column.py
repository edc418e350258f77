"""The first column of an Excel workbook, read in a stream.

A library for workbooks takes three times as long, or builds the whole grid that a hostile file
claims to have. Nothing here grows with what a file claims: the archive is measured before it is
unpacked, and of the sheet only the cell at hand is kept.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO
from xml.parsers import expat

_MAX_ENTRIES = 1000
_MAX_ELEMENTS = 1000  # sheets, or parts of the workbook
_MAX_UNPACKED_BYTES = 64 * 2**20
_MAX_RATIO = 100  # a column of equal cells comes to 14
_CHUNK_BYTES = 2**16
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_COLUMN = re.compile(r"[A-Za-z]*")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
    EOFError,
)

Cell = tuple[int, str]
"""The number of a row, from 1 on, and the text of its first cell."""


class BrokenWorkbook(Exception):
    """No workbook, or one that cannot be read."""


class WorkbookTooLarge(Exception):
    """It would unpack to more than a list of keywords can have."""


def first_column(file: BinaryIO) -> Iterator[Cell]:
    """Yield the first cell of each row of the first sheet, as far as it is there.

    Numbers and dates come as the file has them, formulas as their last result.
    Raises BrokenWorkbook or WorkbookTooLarge.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            _check_size(archive.infolist())
            relations = _relations(archive)
            strings = _shared_strings(archive, relations)
            with archive.open(_first_sheet(archive, relations)) as sheet:
                yield from _Sheet(strings).cells(sheet)
    except _BROKEN as error:
        raise BrokenWorkbook(str(error)) from error


def _check_size(entries: list[zipfile.ZipInfo]) -> None:
    """Look at what the archive says of itself; zipfile holds it to that."""
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    too_many = len(entries) > _MAX_ENTRIES or unpacked > _MAX_UNPACKED_BYTES
    if too_many or unpacked > _MAX_RATIO * max(packed, 2**16):
        raise WorkbookTooLarge(f"{len(entries)} entries, {packed} bytes, unpacked {unpacked}")


def _relations(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    return _elements(archive, _RELATIONS, "Relationship")


def _first_sheet(archive: zipfile.ZipFile, relations: list[dict[str, str]]) -> str:
    """Return the path of the first sheet; which one it is, the workbook says by an id."""
    targets = {relation["Id"]: relation["Target"] for relation in relations}
    for attributes in _elements(archive, _WORKBOOK, "sheet"):
        key = next((key for key in attributes if key.rpartition(":")[2] == "id"), "")
        target = targets.get(attributes.get(key, ""), "")
        if "chartsheet" not in target:
            return _path(target)
    raise ValueError("no sheet")


def _shared_strings(archive: zipfile.ZipFile, relations: list[dict[str, str]]) -> list[str]:
    for relation in relations:
        if relation.get("Type", "").endswith("/sharedStrings"):
            with archive.open(_path(relation["Target"])) as source:
                return _Strings().read(source)
    return []


def _path(target: str) -> str:
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _elements(archive: zipfile.ZipFile, path: str, wanted: str) -> list[dict[str, str]]:
    """Return the attributes of all elements of one name in a part of the archive, in order."""
    found: list[dict[str, str]] = []

    def note(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == wanted:
            found.append(attributes)
        if len(found) > _MAX_ELEMENTS:
            raise WorkbookTooLarge(f"more than {_MAX_ELEMENTS} of {wanted}")

    parser = _parser()
    parser.StartElementHandler = note
    with archive.open(path) as source:
        for _ in _parsed(parser, source):
            pass
    return found


def _parser() -> expat.XMLParserType:
    """Return a parser that refuses definitions of entities, with which small texts grow."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_definitions
    return parser


def _refuse_definitions(*_: object) -> None:
    raise ValueError("definitions of entities")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parsed(parser: expat.XMLParserType, source: IO[bytes]) -> Iterator[None]:
    """Parse part by part, and insist on the end: half a file is no list of keywords."""
    while chunk := source.read(_CHUNK_BYTES):
        parser.Parse(chunk)
        yield
    parser.Parse(b"", True)  # noqa: FBT003 - takes no name
    yield


class _Strings:
    """The texts that cells share; those that tell the pronunciation are left out."""

    def __init__(self) -> None:
        self._strings: list[str] = []
        self._parts: list[str] = []
        self._is_text = False
        self._is_phonetic = False

    def read(self, source: IO[bytes]) -> list[str]:
        """Return them all, in order."""
        parser = _parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        for _ in _parsed(parser, source):
            pass
        return self._strings

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        local = _local(name)
        self._is_phonetic = self._is_phonetic or local == "rPh"
        self._is_text = local == "t" and not self._is_phonetic

    def _data(self, text: str) -> None:
        if self._is_text:
            self._parts.append(text)

    def _end(self, name: str) -> None:
        local = _local(name)
        self._is_text = False
        if local == "rPh":
            self._is_phonetic = False
        elif local == "si":
            self._strings.append("".join(self._parts))
            self._parts.clear()


class _Sheet:
    """The cells of column A, one at a time."""

    def __init__(self, strings: list[str]) -> None:
        self._strings = strings
        self._cells: list[Cell] = []
        self._parts: list[str] = []
        self._row = 0
        self._is_first = self._is_text = self._is_phonetic = False
        self._has_cell = False
        self._type = ""

    def cells(self, source: IO[bytes]) -> Iterator[Cell]:
        """Yield them while the sheet is being read."""
        parser = _parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        for _ in _parsed(parser, source):
            yield from self._cells
            self._cells.clear()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        if local in ("v", "t"):
            self._is_text = self._is_first and not self._is_phonetic
        elif local == "c":
            self._start_cell(attributes)
        elif local == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._has_cell = False
        elif local == "rPh":
            self._is_phonetic = True

    def _start_cell(self, attributes: dict[str, str]) -> None:
        column = _COLUMN.match(attributes.get("r", ""))
        letters = column.group() if column else ""
        self._is_first = letters in ("A", "a") or (not letters and not self._has_cell)
        self._has_cell = True
        self._type = attributes.get("t", "")

    def _data(self, text: str) -> None:
        if self._is_text:
            self._parts.append(text)

    def _end(self, name: str) -> None:
        local = _local(name)
        self._is_text = False
        if local == "rPh":
            self._is_phonetic = False
        elif local == "c" and self._is_first:
            self._cells.append((self._row, self._text("".join(self._parts))))
            self._parts.clear()
            self._is_first = False

    def _text(self, value: str) -> str:
        if self._type == "s":
            return self._strings[int(value)] if value else ""
        return {"0": "FALSE", "1": "TRUE"}[value] if self._type == "b" else value
