"""Finding the vocabulary that a call names, and reading the words that it sends."""

from __future__ import annotations

from libraries.keyword_lines import (
    MAX_LINES,
    KeywordLines,
    Line,
    TooManyLines,
    lines_of,
    read_keywords,
)
from libraries.models import Vocabulary
from moderation.errors import DownloadFailed, ParameterMissing, ParameterTooLong
from openapi.authentication import ApiCall
from openapi.reading import find_row, text

_ALSO_ALLOWED = "_"  # in words that programs add
_WRITTEN_BREAK = "\\n"


def find_vocabulary(call: ApiCall) -> Vocabulary:
    """Return the account's vocabulary that LibId names, with its keyword_count.

    Raises ParameterMissing or ParameterInvalid.
    """
    return find_row(call, "LibId", call.access_key.account.vocabularies.with_keyword_count())


def read_words(call: ApiCall, *, is_needed: bool = False) -> KeywordLines:
    """Read Keywords, or else the file that KeywordsObject names, one word a line.

    Raises ParameterMissing if there are to be some and there is no such parameter.
    """
    words, key = text(call, "Keywords"), text(call, "KeywordsObject")
    if words:
        lines = _lines(words.replace(_WRITTEN_BREAK, "\n"))
    elif key:
        raise DownloadFailed(f"There is no upload {key[:100]!r}.")
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
