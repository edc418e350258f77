"""Reads ZIP files of pictures; trusts nothing that their headers say."""

from __future__ import annotations

import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any, Self

from libraries.import_models import Reason

MAX_ENTRIES = 200_000
MAX_RATIO = 200
"""Deflate reaches 1,032; a drawn picture of one colour stays below this or is refused anyway."""

_RATIO_FROM_BYTES = 1 << 20
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_END = struct.Struct("<4s4H2IH")
_END_SIGNATURE = b"PK\x05\x06"
_MAX_COMMENT_BYTES = 65_535
_MAX_DIRECTORY_BYTES = 64 << 20
_ZIP64_LOCATOR = struct.Struct("<4sIQI")
_ZIP64_END = struct.Struct("<4sQ2H2I4Q")
_SEE_ZIP64 = 0xFFFFFFFF
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar")
_LEADS_OUT = re.compile(r"^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)")
_MAX_COMPOSED_CHARACTERS = 1_024  # composing takes forever if a name is long and hostile
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


class ArchiveRefused(Exception):
    """A ZIP that is not looked into; reason says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.label)
        self.reason = reason


class EntryRefused(Exception):
    """An entry of a ZIP that is not read; reason says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.label)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a file is in a ZIP, so that it is read without the directory.

    reason: why it must not be read, empty if it may.
    """

    name: str
    offset: int = 0
    method: int = 0
    packed_bytes: int = 0
    size_bytes: int = 0
    crc: int = 0
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what from_json() reads; the name and the reason are kept elsewhere."""
        kept = asdict(self)
        del kept["name"], kept["reason"]
        return kept

    @classmethod
    def from_json(cls, source: dict[str, Any]) -> Self:
        """Read what to_json() wrote."""
        return cls("", **source)


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a ZIP.

    skipped_count: folders, and files that systems put beside pictures.
    """

    entries: list[Entry]
    skipped_count: int


def list_entries(file: IO[bytes], max_unpacked_bytes: int) -> Listing:
    """List the files of a ZIP, those that are refused included.

    Raises ArchiveRefused if it is no ZIP, or one that is made to do harm.
    """
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            infos, directory_offset = archive.infolist(), archive.start_dir
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, UnicodeError) as error:
        raise ArchiveRefused(Reason.NOT_A_ZIP) from error
    files = [info for info in infos if not _is_skipped(info)]
    _check_overlaps(files, directory_offset)
    if sum(info.file_size for info in files) > max_unpacked_bytes:
        raise ArchiveRefused(Reason.UNPACKED_TOO_LARGE)
    return Listing(list(_entries(files)), len(infos) - len(files))


def _check_directory(file: IO[bytes]) -> None:
    """Look at the size of the directory before the standard library reads all of it."""
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - _MAX_COMMENT_BYTES - _END.size)
    file.seek(start)
    tail = file.read()
    position = tail.rfind(_END_SIGNATURE)
    if position < 0 or len(tail) - position < _END.size:
        raise ArchiveRefused(Reason.NOT_A_ZIP)
    _, _, _, _, count, directory_bytes, _, _ = _END.unpack_from(tail, position)
    # A ZIP64 directory counts even where the fields of the old one do not announce it.
    directories = [(count, directory_bytes), _zip64_directory(file, start + position)]
    if any(entries > MAX_ENTRIES for entries, _ in directories):
        raise ArchiveRefused(Reason.TOO_MANY)
    if any(size > _MAX_DIRECTORY_BYTES and size != _SEE_ZIP64 for _, size in directories):
        raise ArchiveRefused(Reason.TOO_MANY)


def _zip64_directory(file: IO[bytes], end_position: int) -> tuple[int, int]:
    """Return the count and the size of a ZIP64 directory; zeros if there is none."""
    locator_position = end_position - _ZIP64_LOCATOR.size
    if locator_position < 0:
        return 0, 0
    file.seek(locator_position)
    signature = file.read(_ZIP64_LOCATOR.size)[:4]
    if signature != b"PK\x06\x07" or locator_position < _ZIP64_END.size:
        return 0, 0
    file.seek(locator_position - _ZIP64_END.size)  # where the standard library looks for it
    fields = _ZIP64_END.unpack(file.read(_ZIP64_END.size))
    return (fields[7], fields[8]) if fields[0] == b"PK\x06\x06" else (0, 0)


def _is_skipped(info: zipfile.ZipInfo) -> bool:
    parts = re.split(r"[/\\]", info.filename)
    hidden = any(part.startswith(".") and part not in {".", ".."} for part in parts)
    return info.is_dir() or hidden or "__MACOSX" in parts or parts[-1] in {"Thumbs.db", ""}


def _check_overlaps(infos: list[zipfile.ZipInfo], directory_offset: int) -> None:
    """Refuse files that share bytes: so small ZIPs become petabytes."""
    by_offset = sorted(infos, key=lambda info: info.header_offset)
    ends = [info.header_offset for info in by_offset[1:]] + [directory_offset]
    for info, end in zip(by_offset, ends, strict=False):
        least = info.header_offset + _LOCAL_HEADER.size + info.compress_size
        if info.header_offset < 0 or least > end:
            raise ArchiveRefused(Reason.OVERLAPPING)


def _entries(infos: list[zipfile.ZipInfo]) -> Iterator[Entry]:
    seen: set[str] = set()
    for info in infos:
        name = _name(info)
        reason = _refusal(info, name) or (Reason.REPEATED if name in seen else "")
        seen.add(name)
        yield Entry(
            name,
            info.header_offset,
            info.compress_type,
            info.compress_size,
            info.file_size,
            info.CRC,
            str(reason),
        )


def _name(info: zipfile.ZipInfo) -> str:
    """Return the name; those that were written without saying how are tried as such in use."""
    name = info.filename
    if not info.flag_bits & _UTF8_FLAG and not name.isascii():
        name = _decoded(name.encode("cp437", "replace")) or name
    return unicodedata.normalize("NFC", name) if len(name) <= _MAX_COMPOSED_CHARACTERS else name


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        pass
    try:
        name = content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    others = _NOT_ASCII.findall(name)
    is_chinese = all("CJK" in unicodedata.name(character, "") for character in others)
    return name if is_chinese else ""


def _refusal(info: zipfile.ZipInfo, name: str) -> Reason | None:
    mode = info.external_attr >> 16
    checks = (
        (bool(_LEADS_OUT.search(name)), Reason.UNSAFE_PATH),
        (stat.S_ISLNK(mode), Reason.LINK),
        (bool(info.flag_bits & _ENCRYPTED_FLAG), Reason.ENCRYPTED),
        (name.lower().endswith(_ARCHIVES), Reason.ARCHIVE),
        (info.compress_type not in _METHODS, Reason.DAMAGED),
    )
    return next((reason for holds, reason in checks if holds), None)


def read_entry(file: IO[bytes], entry: Entry, max_bytes: int) -> bytes:
    """Return the content of an entry; no more is unpacked than a picture may have.

    Raises EntryRefused if it is larger, packed suspiciously tightly, or damaged.
    """
    if entry.size_bytes > max_bytes:
        raise EntryRefused(Reason.TOO_LARGE)
    if entry.size_bytes > _RATIO_FROM_BYTES and entry.size_bytes > MAX_RATIO * entry.packed_bytes:
        raise EntryRefused(Reason.BOMB)
    _seek_content(file, entry)
    packed = file.read(min(entry.packed_bytes, max_bytes + _RATIO_FROM_BYTES))
    content = _unpacked(packed, entry, max_bytes)
    if content.startswith(_LOCAL_SIGNATURE):
        raise EntryRefused(Reason.ARCHIVE)
    if len(content) != entry.size_bytes or zlib.crc32(content) != entry.crc:
        raise EntryRefused(Reason.DAMAGED)
    return content


def _seek_content(file: IO[bytes], entry: Entry) -> None:
    file.seek(entry.offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(_LOCAL_SIGNATURE):
        raise EntryRefused(Reason.DAMAGED)
    *_, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
    file.seek(name_bytes + extra_bytes, io.SEEK_CUR)


def _unpacked(packed: bytes, entry: Entry, max_bytes: int) -> bytes:
    if entry.method == zipfile.ZIP_STORED:
        return packed
    try:
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, max_bytes + 1)
    except zlib.error as error:
        raise EntryRefused(Reason.DAMAGED) from error
    if len(content) > max_bytes:
        raise EntryRefused(Reason.TOO_LARGE)
    if len(content) > _RATIO_FROM_BYTES and len(content) > MAX_RATIO * len(packed):
        raise EntryRefused(Reason.BOMB)
    return content
