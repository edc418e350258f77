"""From lines of text to the risks in them; every risk says which words it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    for word in found:
        if word.word.category == _SELLING:
            continue
        if word.word.weight is Weight.STRONG:
            yield _risk(word, Strength.STRONG)
        elif _has_company(word, found) or _is_traded(word, trade_lines):
            yield _risk(word, Strength.COMBINED)


def _risk(word: FoundWord, strength: Strength) -> TextRisk:
    rule = f"lexicon {word.word.language}"
    return TextRisk(word.word.category, rule, word.found, word.line, strength)


def _has_company(word: FoundWord, found: Iterable[FoundWord]) -> bool:
    """Say whether another word of the category stands near, which is no part of this one."""
    return any(
        other.word.category == word.word.category
        and abs(other.line - word.line) <= _NEAR_LINES
        and other.found not in word.found
        and word.found not in other.found
        for other in found
    )


def _is_traded(word: FoundWord, trade_lines: Iterable[int]) -> bool:
    return word.word.weight is Weight.TRADED and any(
        abs(line - word.line) <= _NEAR_LINES for line in trade_lines
    )


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
