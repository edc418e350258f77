"""Lines that people type or import, as keywords, with what is wrong with the others."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from libraries.models import MAX_KEYWORD_CHARACTERS
from moderation.text.folding import folded_text

Line = tuple[int, str]
"""The number of a line, from 1 on, and its text."""

MAX_LINES = 100_000
MAX_SHOWN_LINES = 200  # refused lines that a page lists with their reasons
MAX_KEPT_LINES = 1000  # refused lines that a text area keeps
_MAX_SHOWN_CHARACTERS = 60
_MAX_BREAKS = 10 * MAX_LINES  # blank lines and the like included
_MAX_LOOKED_AT_CHARACTERS = 10 * MAX_KEYWORD_CHARACTERS  # accents and spaces included

_BREAK = re.compile("\r\n|\r|\n")
_SPACES = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_WORDS = re.compile(r"[^\W_]+(?: [^\W_]+)*")
_CONTROL_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# What is drawn as nothing: by category, and fillers and selectors that count as letters or marks.
_INVISIBLE_CATEGORY = "Cf"
_FILLERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)


class TooManyLines(Exception):
    """A text of so many lines that it is not even divided into them."""


class Reason(Enum):
    """Why a line is not added."""

    TOO_LONG = auto()
    SPECIAL = auto()
    CONTROL = auto()
    INVISIBLE = auto()
    NO_LETTER = auto()
    REPEATED = auto()
    KNOWN = auto()
    QUOTA = auto()


DUPLICATES = frozenset({Reason.REPEATED, Reason.KNOWN})


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is not added; detail is what the reason's message names."""

    number: int
    text: str
    reason: Reason
    detail: str = ""

    @property
    def shown_text(self) -> str:
        """Return the text for people: not endless, and with nothing that cannot be written."""
        shown = "".join(map(_visible, self.text[:_MAX_SHOWN_CHARACTERS]))
        return shown if len(self.text) <= _MAX_SHOWN_CHARACTERS else f"{shown}…"

    @property
    def needs_mending(self) -> bool:
        """Say whether there is something to change in it; in a duplicate there is not."""
        return self.reason not in DUPLICATES

    @property
    def message(self) -> str:
        """Say what is wrong and how to mend it."""
        names = {"detail": self.detail, "limit": MAX_KEYWORD_CHARACTERS}
        return _messages()[self.reason] % names


def _messages() -> dict[Reason, str]:
    return {
        Reason.TOO_LONG: _("%(detail)s characters; shorten it to %(limit)s."),
        Reason.SPECIAL: _("Special character %(detail)s; letters, digits and spaces are allowed."),
        Reason.CONTROL: _("Control character %(detail)s; delete it."),
        Reason.INVISIBLE: _("Invisible character %(detail)s; delete it."),
        Reason.NO_LETTER: _("No letter or digit."),
        Reason.REPEATED: _("The same as line %(detail)s."),
        Reason.KNOWN: _("Already in the library, as “%(detail)s”."),
        Reason.QUOTA: _("No room: all libraries together may hold %(detail)s keywords."),
    }


class NewKeyword(NamedTuple):
    """A keyword that may be added; folded is the form in which it is compared."""

    number: int
    text: str
    folded: str

    def refused(self, reason: Reason, detail: str) -> RefusedLine:
        """Return it as a line that is not added after all."""
        return RefusedLine(self.number, self.text, reason, detail)


@dataclass(frozen=True, slots=True)
class KeywordLines:
    """The keywords of some lines, each once, and the lines that are none."""

    keywords: tuple[NewKeyword, ...] = ()
    refused: tuple[RefusedLine, ...] = ()

    @property
    def to_mend(self) -> tuple[RefusedLine, ...]:
        """Return the refused lines in which something has to be changed."""
        return tuple(line for line in self.refused if line.needs_mending)


@dataclass(frozen=True, slots=True)
class Addition:
    """What became of some lines: how many keywords were added, and the lines that were not."""

    added_count: int
    refused: tuple[RefusedLine, ...] = field(default=())

    @property
    def summary(self) -> str:
        """Say it in numbers: "312 added, 4 duplicates, 2 too long"."""
        counts = Counter(kind_of(line.reason) for line in self.refused)
        added = ngettext("%(count)s added", "%(count)s added", self.added_count)
        texts = [added % {"count": f"{self.added_count:,}"}]
        texts += [
            _summary_text(kind, counts[kind]) % {"count": f"{counts[kind]:,}"}
            for kind in Reason
            if counts[kind]
        ]
        return ", ".join(texts)

    @property
    def shown(self) -> tuple[RefusedLine, ...]:
        """Return the refused lines that a page lists with their reasons."""
        return self.refused[:MAX_SHOWN_LINES]

    @property
    def not_shown_count(self) -> int:
        """Count the refused lines that a page does not list."""
        return len(self.refused) - len(self.shown)

    @property
    def kept(self) -> str:
        """Return the lines in which something has to be changed, for a text area."""
        return "\n".join(line.text for line in self._to_mend[:MAX_KEPT_LINES])

    @property
    def not_kept_count(self) -> int:
        """Count the lines in which something has to be changed that are not kept."""
        return max(0, len(self._to_mend) - MAX_KEPT_LINES)

    @property
    def _to_mend(self) -> list[RefusedLine]:
        return [line for line in self.refused if line.needs_mending]


def kind_of(reason: Reason) -> Reason:
    """Put reasons together that are one to whoever looks at the numbers.

    Returns KNOWN, TOO_LONG, SPECIAL or QUOTA.
    """
    if reason in DUPLICATES:
        return Reason.KNOWN
    special = {Reason.SPECIAL, Reason.CONTROL, Reason.INVISIBLE, Reason.NO_LETTER}
    return Reason.SPECIAL if reason in special else reason


def _summary_text(kind: Reason, count: int) -> str:
    if kind is Reason.KNOWN:
        return ngettext("%(count)s duplicate", "%(count)s duplicates", count)
    if kind is Reason.TOO_LONG:
        return ngettext("%(count)s too long", "%(count)s too long", count)
    if kind is Reason.QUOTA:
        return ngettext("%(count)s without room", "%(count)s without room", count)
    return ngettext(
        "%(count)s with characters that are not allowed",
        "%(count)s with characters that are not allowed",
        count,
    )


def lines_of(text: str) -> list[Line]:
    """Number the lines of a text.

    Raises TooManyLines.
    """
    if text.count("\n") + text.count("\r") > _MAX_BREAKS:
        raise TooManyLines
    return list(enumerate(_BREAK.split(text), start=1))


def read_keywords(lines: Iterable[Line], *, also_allowed: str = "") -> KeywordLines:
    """Read one keyword from each line; blank lines are passed over.

    A keyword consists of letters, digits and single spaces of any script, at most
    MAX_KEYWORD_CHARACTERS code points after NFC. Spaces around it are taken off and several
    in a row are made one. Keywords that match the same text are the same.

    also_allowed: special characters that they may have in them.
    """
    keywords: dict[str, NewKeyword] = {}
    refused: list[RefusedLine] = []
    for number, text in lines:
        spelling = _SPACES.sub(" ", text).strip(" ")
        if len(spelling) > _MAX_LOOKED_AT_CHARACTERS:  # NFC takes forever if it is hostile
            refused.append(_endless(number, spelling))
            continue
        spelling = _SPACES.sub(" ", unicodedata.normalize("NFC", spelling)).strip(" ")
        if not spelling:
            continue
        folded = folded_text(spelling).strip()
        problem = _problem(spelling, folded, also_allowed)
        if problem is not None:
            refused.append(RefusedLine(number, text, *problem))
        elif folded in keywords:
            repeated = str(keywords[folded].number)
            refused.append(RefusedLine(number, text, Reason.REPEATED, repeated))
        else:
            keywords[folded] = NewKeyword(number, spelling, folded)
    return KeywordLines(tuple(keywords.values()), tuple(refused))


def _endless(number: int, text: str) -> RefusedLine:
    """Refuse a line that is too long to be looked at, and keep its beginning."""
    beginning = text[:_MAX_LOOKED_AT_CHARACTERS]
    return RefusedLine(number, beginning, Reason.TOO_LONG, f"{len(text):,}")


def without_known(
    lines: KeywordLines, known: Mapping[str, str], *, room: int, limit: int
) -> KeywordLines:
    """Keep the keywords that are new, and no more than there is room for.

    known: the spelling of each keyword that the vocabulary has, by its folded form.
    limit: of all keywords of the account.
    """
    refused = list(lines.refused)
    new: list[NewKeyword] = []
    for keyword in lines.keywords:
        if (spelling := known.get(keyword.folded)) is not None:
            refused.append(keyword.refused(Reason.KNOWN, spelling))
        else:
            new.append(keyword)
    room = max(room, 0)  # the limit may have been lowered
    refused += [keyword.refused(Reason.QUOTA, f"{limit:,}") for keyword in new[room:]]
    in_order = sorted(refused, key=lambda line: line.number)
    return KeywordLines(tuple(new[:room]), tuple(in_order))


def _problem(spelling: str, folded: str, also_allowed: str) -> tuple[Reason, str] | None:
    if len(spelling) > MAX_KEYWORD_CHARACTERS:
        return Reason.TOO_LONG, str(len(spelling))
    if _WORDS.fullmatch(spelling) is None or _FILLERS.search(spelling) is not None:
        for character in spelling:
            if character not in also_allowed and (reason := _forbidden(character)) is not None:
                return reason, _named(character)
    if not folded[:1].isalnum() and not any(character.isalnum() for character in folded):
        return Reason.NO_LETTER, ""
    return None


def _forbidden(character: str) -> Reason | None:
    """Say what is wrong with a character; nothing with letters, marks, digits and the space."""
    category = unicodedata.category(character)
    if category in _CONTROL_CATEGORIES:
        return Reason.CONTROL
    if category == _INVISIBLE_CATEGORY or _FILLERS.match(character):
        return Reason.INVISIBLE
    if category[0] in "LMN" or character == " ":
        return None
    return Reason.SPECIAL


def _named(character: str) -> str:
    """Return a character that can be seen in quotation marks, or its number and name."""
    if _is_visible(character):
        return f"“{character}”"
    name = unicodedata.name(character, "").lower()
    return f"U+{ord(character):04X} ({name})" if name else f"U+{ord(character):04X}"


def _visible(character: str) -> str:
    return character if _is_visible(character) else f"⟨U+{ord(character):04X}⟩"


def _is_visible(character: str) -> bool:
    return character.isprintable() and _FILLERS.match(character) is None
