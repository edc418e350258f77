"""Finding the vocabulary that a call names, and reading the words that it sends."""

from __future__ import annotations

import io
from pathlib import PurePosixPath

from libraries.keyword_files import ACCEPTED, MAX_FILE_BYTES, UnreadableFile, read_file
from libraries.keyword_lines import (
    MAX_LINES,
    KeywordLines,
    Line,
    TooManyLines,
    lines_of,
    read_keywords,
)
from libraries.models import Vocabulary
from moderation.errors import (
    DownloadFailed,
    FormatNotSupported,
    ParameterMissing,
    ParameterTooLong,
)
from openapi.authentication import ApiCall
from openapi.reading import find_row, text
from openapi.uploads import finding

_ALSO_ALLOWED = "_"  # in words that programs add
_WRITTEN_BREAK = "\\n"
_A_TEXT = "words.txt"


def find_vocabulary(call: ApiCall) -> Vocabulary:
    """Return the account's vocabulary that LibId names, with its keyword_count.

    Raises ParameterMissing or ParameterInvalid.
    """
    return find_row(call, "LibId", call.access_key.account.vocabularies.with_keyword_count())


def read_words(call: ApiCall, *, is_needed: bool = False) -> KeywordLines:
    """Read Keywords, or else the uploaded file that KeywordsObject names, one word a line.

    Raises ParameterMissing if there are to be some and there is no such parameter,
    ParameterTooLong, and for files DownloadFailed, ImageTooLarge or FormatNotSupported.
    """
    words, key = call.parameters.get("Keywords", ""), text(call, "KeywordsObject")
    if words.strip():
        lines = _lines(words.replace(_WRITTEN_BREAK, "\n"))
    elif key:
        lines = _lines_of_upload(call, key)
    elif is_needed:
        raise ParameterMissing("Send words as Keywords, or KeywordsObject.")
    else:
        lines = []
    return read_keywords(lines, also_allowed=_ALSO_ALLOWED)


def _lines(words: str) -> list[Line]:
    try:
        lines = lines_of(words)
    except TooManyLines:
        lines = []
    if not lines or len(lines) > MAX_LINES:
        raise ParameterTooLong(f"More than {MAX_LINES:,} lines; send them in parts.")
    return lines


def _lines_of_upload(call: ApiCall, key: str) -> list[Line]:
    """Read the lines as the page does; a file of another name is a text."""
    upload = finding.find_upload(call.access_key.account, key)
    if upload is None:
        raise DownloadFailed("KeywordsObject must be the key of an upload.")
    content = finding.read(upload, max_bytes=MAX_FILE_BYTES)
    is_known = PurePosixPath(key).suffix.lower() in ACCEPTED.split(",")
    try:
        return read_file(key if is_known else _A_TEXT, io.BytesIO(content))
    except UnreadableFile as error:
        raise FormatNotSupported(str(error)) from error
