"""What is imported: the rows of a job, and the picture or hash behind each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from ipaddress import ip_network
from threading import Lock
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from django.conf import settings

from libraries import archives, hash_lists, import_files
from libraries.archives import ArchiveRefused, Entry
from libraries.engine import background_place, fingerprint_in_background
from libraries.import_models import ImportJob, ImportRow, Reason
from libraries.samples import (
    MAX_SAMPLE_BYTES,
    SAMPLE_LIMITS,
    Sample,
    sample_of_pdq,
    sample_of_picture,
)
from moderation.fetch import fetch_image

MAX_URL_CHARACTERS = 2_048
MAX_UNPACKED_FACTOR = 10  # times the largest file that may be imported
_MAX_LINE_CHARACTERS = 10_000
_MAX_NAME_CHARACTERS = 255

Kind = ImportJob.Kind


def rows_of(job: ImportJob) -> Iterator[ImportRow]:
    """Yield a row for each picture of a job whose file has arrived, always the same ones.

    Those that are not looked at because of what their name or place says are refused already.
    Sets job.skipped_count.

    Raises ArchiveRefused if nothing of the file is imported.
    """
    with import_files.open_whole(job.pk, job.received_bytes) as file:
        listed = _LISTED[Kind(job.kind)](job, file)
        for number, row in enumerate(listed, 1):
            if number > archives.MAX_ENTRIES:
                raise ArchiveRefused(Reason.TOO_MANY)
            row.job, row.number = job, number
            row.name = row.name[-_MAX_NAME_CHARACTERS:]
            if row.reason:
                row.state = ImportRow.State.REFUSED
            yield row


def _zip_rows(job: ImportJob, file: io.BufferedReader) -> Iterator[ImportRow]:
    max_unpacked_bytes = (settings.IMPORT_MAX_MB << 20) * MAX_UNPACKED_FACTOR
    listing = archives.list_entries(file, max_unpacked_bytes)
    job.skipped_count = listing.skipped_count
    for entry in listing.entries:
        yield ImportRow(name=_plain(entry.name), source=entry.to_json(), reason=entry.reason)


def _url_rows(_: ImportJob, file: io.BufferedReader) -> Iterator[ImportRow]:
    seen: set[str] = set()
    for line in _lines(file):
        url = line.strip()
        if not url:
            continue
        reason = "" if _is_url(url) else Reason.BAD_URL
        yield ImportRow(
            name=_plain(url),
            source={"url": url[:MAX_URL_CHARACTERS]},
            reason=reason or (Reason.REPEATED if url in seen else ""),
        )
        seen.add(url)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return is_web and len(text) <= MAX_URL_CHARACTERS


def _hash_rows(_: ImportJob, file: io.BufferedReader) -> Iterator[ImportRow]:
    for listed in hash_lists.read_hashes(_lines(file)):
        yield ImportRow(
            name=_plain(listed.name or listed.text[:64]),
            source={"hash": listed.text[:80], "name": listed.name, "quality": listed.quality},
            reason="" if listed.is_hash else Reason.BAD_HASH,
        )


def _lines(file: io.BufferedReader) -> Iterator[str]:
    """Yield the lines of a text; of overlong ones only the beginning and the rest apart."""
    text = io.TextIOWrapper(file, "utf-8-sig")
    try:
        while line := text.readline(_MAX_LINE_CHARACTERS):
            yield line.replace("\0", "")
    except UnicodeDecodeError as error:
        raise ArchiveRefused(Reason.NOT_TEXT) from error


def _plain(name: str) -> str:
    return "".join(filter(str.isprintable, name))


_LISTED = {Kind.ZIP: _zip_rows, Kind.URLS: _url_rows, Kind.HASHES: _hash_rows}


def _sample(content: bytes, name: str) -> Sample:
    """Make a sample; no more pictures are decoded at once than there are cores."""
    with background_place():
        return sample_of_picture(content, name, fingerprint_in_background)


class Sources:
    """Reads what the rows of a job stand for; several threads may use it at once."""

    def __init__(self, job: ImportJob) -> None:
        self._read = {
            Kind.ZIP: self._from_zip,
            Kind.FILES: self._from_file,
            Kind.URLS: self._from_url,
            Kind.HASHES: self._from_hash,
        }[Kind(job.kind)]
        self._lock = Lock()
        self._networks = tuple(ip_network(network) for network in settings.FETCH_ALLOWED_NETWORKS)
        self._file: io.BufferedReader | None = None
        if job.kind == Kind.ZIP:
            self._file = import_files.open_whole(job.pk, job.received_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def sample_of(self, row: ImportRow) -> Sample:
        """Return the picture or hash of a row, ready to be stored.

        Raises EntryRefused, FileNotFoundError, the errors of libraries.samples, DownloadFailed
        and DownloadTimedOut.
        """
        return self._read(row.name, row.source)

    def _from_zip(self, name: str, source: dict[str, Any]) -> Sample:
        assert self._file is not None  # noqa: S101 - for the type
        with self._lock:
            content = archives.read_entry(self._file, Entry.from_json(source), MAX_SAMPLE_BYTES)
        return _sample(content, name)

    def _from_file(self, name: str, source: dict[str, Any]) -> Sample:
        content = import_files.read_picture(source["file"])
        return _sample(content, name)

    def _from_url(self, _: str, source: dict[str, Any]) -> Sample:
        url = source["url"]
        content = fetch_image(url, allowed_networks=self._networks, limits=SAMPLE_LIMITS)
        name = unquote(urlsplit(url).path)
        return _sample(content, name)

    def _from_hash(self, _: str, source: dict[str, Any]) -> Sample:
        return sample_of_pdq(source["hash"], source["name"], source["quality"])
