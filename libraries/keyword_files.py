"""Files of keywords as numbered lines: text, CSV and Excel, in the encodings that people have."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import PurePath
from typing import BinaryIO

from django.utils.translation import gettext as _

from libraries.keyword_lines import MAX_LINES, Line, TooManyLines, lines_of
from libraries.workbook_column import BrokenWorkbook, WorkbookTooLarge, first_column

MAX_FILE_BYTES = 20 * 2**20

_HEADINGS = frozenset({"keyword", "keywords", "word", "words", "关键词", "关键字", "词", "敏感词"})
_MANY_ZEROS = 0.3  # half of all bytes are zero in Latin text in UTF-16
_MIN_COMMON_SHARE = 0.8  # of Chinese characters in a text that is Chinese
_RARE_LEADS = {b"", *(bytes([lead]) for lead in range(0xD8, 0x100))}
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # starts as that of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableFile(Exception):
    """A file in which no lines can be found; its text says why and how to mend it."""


def read_file(name: str, file: BinaryIO) -> list[Line]:
    """Return the lines of a file, or the first column of a table without its heading.

    Raises UnreadableFile.
    """
    reader = _READERS.get(PurePath(name).suffix.lower())
    if reader is None:
        raise UnreadableFile(_("Choose a .txt, .csv or .xlsx file."))
    try:
        lines = list(islice(_not_blank(reader(file)), MAX_LINES + 1))
    except TooManyLines as error:
        raise _too_many_lines() from error
    if not lines:
        raise UnreadableFile(_("There is nothing in the file, or nothing in its first column."))
    if len(lines) > MAX_LINES:
        raise _too_many_lines()
    return lines


def _too_many_lines() -> UnreadableFile:
    message = _("More than %(limit)s lines. Divide the file and import the parts.")
    return UnreadableFile(message % {"limit": f"{MAX_LINES:,}"})


def _not_blank(lines: Iterable[Line]) -> Iterator[Line]:
    return (line for line in lines if line[1].strip())


def _read_text(file: BinaryIO) -> list[Line]:
    return lines_of(decode(file.read()))


def _read_csv(file: BinaryIO) -> Iterator[Line]:
    text = decode(file.read())
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    return _without_heading(_first_cells(rows))


def _first_cells(rows: Iterator[list[str]]) -> Iterator[Line]:
    """Number the rows by the lines of the file that they begin in."""
    number = 1
    try:
        for row in rows:
            yield number, row[0] if row else ""
            number = rows.line_num + 1  # type: ignore[attr-defined] # the type of csv.reader is hidden
    except csv.Error as error:
        message = _("Line %(number)s is not CSV: %(reason)s.")
        raise UnreadableFile(message % {"number": number, "reason": error}) from error


def _delimiter(text: str) -> str:
    """Return the one that the first line has most of; Excel writes semicolons in many countries."""
    first_line = text[: text.find("\n")] if "\n" in text else text
    return max(",;\t", key=first_line.count)


def _read_workbook(file: BinaryIO) -> Iterator[Line]:
    try:
        yield from _without_heading(first_column(file))
    except BrokenWorkbook as error:
        message = _("This is not an Excel workbook, or it is damaged. Save older ones as .xlsx.")
        raise UnreadableFile(message) from error
    except WorkbookTooLarge as error:
        message = _("The workbook unpacks to too much. Save the keywords as .txt instead.")
        raise UnreadableFile(message) from error


def _without_heading(lines: Iterator[Line]) -> Iterator[Line]:
    for line in lines:
        if line[0] != 1 or line[1].strip().casefold() not in _HEADINGS:
            yield line


_READERS: dict[str, Callable[[BinaryIO], Iterable[Line]]] = {
    ".txt": _read_text,
    ".csv": _read_csv,
    ".xlsx": _read_workbook,
}
ACCEPTED = ",".join(_READERS)


def decode(content: bytes) -> str:
    """Decode UTF-8, UTF-16 or GB18030, with a byte order mark or without.

    Raises UnreadableFile.
    """
    try:
        return content.decode(_encoding(content))
    except UnicodeDecodeError as error:
        message = _("The encoding of the file was not recognised. Save it as UTF-8.")
        raise UnreadableFile(message) from error


def _encoding(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    is_utf8 = _is_utf8(content)
    if content.count(0) > (_MANY_ZEROS * len(content) if is_utf8 else 0):
        return "utf-16-le" if content[1::2].count(0) >= content[::2].count(0) else "utf-16-be"
    return "gb18030" if not is_utf8 and _is_chinese(content) else "utf-8"


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(content: bytes) -> bool:
    """Say whether it reads as common simplified characters in GB18030.

    Latin-1, Big5 and the like often are valid GB18030 too, but read as rare characters.
    """
    counts = Counter(content.decode("gb18030", "replace"))
    letters = {letter: count for letter, count in counts.items() if not letter.isascii()}
    common = sum(count for letter, count in letters.items() if _is_common(letter))
    return common >= _MIN_COMMON_SHARE * sum(letters.values())


def _is_common(letter: str) -> bool:
    """Say whether it is a sign or of the first level of GB2312, which most text is made of."""
    return letter.encode("gb2312", "ignore")[:1] not in _RARE_LEADS
