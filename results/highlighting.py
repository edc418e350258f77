"""Where in a line of text the words are that were hit."""

from __future__ import annotations


def split_at(line: str, words: str) -> tuple[str, str, str] | None:
    """Split a line of text at the words that were hit; None if there is no line.

    If the words are not in the line as they stand, nothing of it is taken as hit.
    """
    if not line:
        return None
    start = line.lower().find(words.lower())
    if start < 0 or len(line.lower()) != len(line):
        return line, "", ""
    end = start + len(words)
    return line[:start], line[start:end], line[end:]
