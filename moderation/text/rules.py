"""From lines of text to the risks in them; every risk says which words it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from moderation.text import normalise
from moderation.text.lexicons import Weight
from moderation.text.patterns import LABELLED_RULES, find_contacts
from moderation.text.profanity import find_profanity
from moderation.text.word_finder import FoundWord, JoinedText, find_words

CONTACT = "contact"
_SELLING = "selling"
_NEAR_LINES = 1
_ORDINARY_CONTACTS = frozenset({"url", "email"})  # found on every second picture


class Strength(StrEnum):
    """How much a risk rests on."""

    STRONG = "strong"
    COMBINED = "combined"


@dataclass(frozen=True, slots=True)
class TextRisk:
    """One risk in the text.

    rule: what found it: "lexicon en", the kind of contact detail, or a package's name.
    words: as they were understood, which may differ from how they are spelled in the picture.
    line: number of the line that they begin in, from 0.
    strength: strong if the words mean one thing only; combined if they are ambiguous, but
    stand near others of the same kind.
    """

    category: str
    rule: str
    words: str
    line: int
    strength: Strength = Strength.STRONG


def find_risks(lines: Sequence[str]) -> list[TextRisk]:
    """Find all risks in the lines of a picture's text, which are also read across line ends."""
    tidied = [normalise.tidy(line) for line in lines]
    contacts = list(_contact_risks(tidied))
    profanity = _profanity_risks(tidied)
    risks = dict.fromkeys([*contacts, *_word_risks(find_words(tidied), contacts), *profanity])
    return sorted(risks, key=lambda risk: (risk.line, risk.category, risk.words))


def _word_risks(found: Sequence[FoundWord], contacts: Iterable[TextRisk]) -> Iterator[TextRisk]:
    trade_lines = {word.line for word in found if word.word.category == _SELLING}
    trade_lines.update(risk.line for risk in contacts if risk.rule not in _ORDINARY_CONTACTS)
    words_of = _by_category_and_line(found)
    for word in found:
        if word.word.category == _SELLING:
            continue
        if word.word.weight is Weight.STRONG:
            yield _risk(word, Strength.STRONG)
        elif _has_company(word, words_of) or _is_traded(word, trade_lines):
            yield _risk(word, Strength.COMBINED)


_WordsOfLine = Mapping[tuple[str, int], AbstractSet[str]]


def _by_category_and_line(found: Iterable[FoundWord]) -> _WordsOfLine:
    words_of: dict[tuple[str, int], set[str]] = defaultdict(set)
    for word in found:
        words_of[word.word.category, word.line].add(word.found)
    return words_of


def _risk(word: FoundWord, strength: Strength) -> TextRisk:
    rule = f"lexicon {word.word.language}"
    return TextRisk(word.word.category, rule, word.found, word.line, strength)


def _has_company(word: FoundWord, words_of: _WordsOfLine) -> bool:
    """Say whether another word of the category stands near, which is no part of this one."""
    return any(
        other not in word.found and word.found not in other
        for line in _near(word.line)
        for other in words_of.get((word.word.category, line), ())
    )


def _is_traded(word: FoundWord, trade_lines: AbstractSet[int]) -> bool:
    return word.word.weight is Weight.TRADED and not trade_lines.isdisjoint(_near(word.line))


def _near(line: int) -> range:
    return range(line - _NEAR_LINES, line + _NEAR_LINES + 1)


def _contact_risks(lines: Sequence[str]) -> Iterator[TextRisk]:
    readable = [normalise.with_digits(line) for line in lines]
    for number, line in enumerate(readable):
        for contact in find_contacts(line):
            yield TextRisk(CONTACT, contact.rule, contact.words, number)
    joined = JoinedText(readable)
    for contact in find_contacts(joined.text):
        first = joined.line_of(contact.start)
        if contact.rule in LABELLED_RULES and joined.line_of(contact.end - 1) == first + 1:
            yield TextRisk(CONTACT, contact.rule, contact.words, first)


def _profanity_risks(lines: Sequence[str]) -> Iterator[TextRisk]:
    for number, line in enumerate(lines):
        for found in find_profanity(line):
            yield TextRisk(found.category, found.rule, found.words, number)
