"""100,000 keywords in one pass over a text, against pyahocorasick; changing them (B5)."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Final

from bench.alternation import durations_s, median_ms, ratio
from moderation.detection import Box, TextLine
from moderation.keywords import KeywordIndex
from moderation.text.folding import folded_text
from moderation.text.scripts import stands_alone

KEYWORDS: Final = 100_000
VOCABULARIES: Final = 20
IGNORED_ID: Final = VOCABULARIES + 1
IGNORED: Final = frozenset({IGNORED_ID})
IGNORED_KEYWORDS: Final = 5000
LENGTHS: Final = (50, 500, 2000)
TEXTS: Final = 60
_KEYWORDS_OF_100, _CHINESE_OF_100 = range(3), range(50)
ROUNDS: Final = 9
_SYLLABLES: Final = [a + b + c for a, b, c in product("bcdfghklmnprstvwz", "aeiou", "lmnrst")]
_CHARACTERS: Final = [chr(code) for code in range(0x4E00, 0x4E00 + 3500)]


class Words:
    """Made-up words, half Chinese, as often as words are in real texts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._weights = [1 / (rank + 1) ** 0.8 for rank in range(len(_CHARACTERS))]

    def chinese(self) -> str:
        """Return two to eight characters."""
        length = self._random.choice([2, 3, 4, 4, 4, 5, 6, 8])
        return "".join(self._random.choices(_CHARACTERS, self._weights, k=length))

    def latin(self) -> str:
        """Return a word of six to twelve letters."""
        return "".join(self._random.choices(_SYLLABLES, k=self._random.randint(2, 4)))

    def mixed(self) -> str:
        """Return a character or two with digits, such as names of accounts."""
        return self.chinese()[:2] + str(self._random.randint(0, 99_999))

    def keywords(self, count: int) -> list[str]:
        """Return different keywords: 5 of 10 Chinese, 4 Latin, 1 mixed."""
        found: dict[str, None] = {}
        kinds: list[Callable[[], str]] = [self.chinese] * 5 + [self.latin] * 4 + [self.mixed]
        while len(found) < count:
            found[self._random.choice(kinds)()] = None
        return list(found)

    def text(self, length: int, keywords: Sequence[str]) -> str:
        """Return a text in which one word of thirty is a keyword at least."""
        text = ""
        while len(text) < length:
            chosen = self._random.randrange(100)
            if chosen in _KEYWORDS_OF_100:
                text += f" {self._random.choice(keywords)}"
            else:
                text += self.chinese() if chosen in _CHINESE_OF_100 else f" {self.latin().title()}"
        return text[:length]


def main() -> None:
    """Print how long texts of several lengths take, and what a change takes."""
    words = Words(3)
    keywords = words.keywords(KEYWORDS)
    pairs = [(number % VOCABULARIES + 1, keyword) for number, keyword in enumerate(keywords)]
    ignored = [(IGNORED_ID, keyword) for keyword in Words(4).keywords(IGNORED_KEYWORDS)]
    index = KeywordIndex.build([*pairs, *ignored])
    peer = _peer(keywords)
    if peer is None:
        print("pyahocorasick is not installed: see requirements-bench.txt")
    for length in LENGTHS:
        texts = [words.text(length, keywords) for _ in range(TEXTS)]
        _print_length(index, peer, length, texts)
    _print_changes(index)


def _peer(keywords: Sequence[str]) -> Any:
    try:
        import ahocorasick
    except ImportError:
        return None
    automaton = ahocorasick.Automaton()
    for keyword in keywords:
        automaton.add_word(folded_text(keyword), keyword)
    automaton.make_automaton()
    return automaton


def _print_length(index: KeywordIndex, peer: Any, length: int, texts: Sequence[str]) -> None:
    """Print ours, with folding and ignored words cut out, against bare matching by the peer."""
    every = frozenset(range(1, VOCABULARIES + 1))
    folded = [folded_text(text) for text in texts]

    def ours(number: int) -> set[str]:
        search = index.search(IGNORED, every)
        line = TextLine(search.cut(texts[number]), Box(0, 0, 1, 1), 99.0)
        return {match.keyword for match in search.find([line])}

    def find_only(number: int) -> set[str]:
        line = TextLine(texts[number], Box(0, 0, 1, 1), 99.0)
        return {match.keyword for match in index.find([line], every)}

    ways: dict[str, Callable[[int], object]] = {"ours": ours, "find": find_only}
    if peer is not None:
        ways["peer"] = lambda number: list(peer.iter(folded[number]))
    durations = durations_s(ways, len(texts), ROUNDS)
    median = f"{median_ms(durations, 'ours') * 1000:.0f} us"
    if peer is None:
        print(f"B5 {length} characters: {median} with folding and ignored words")
        return
    same = sum(find_only(number) == _whole(peer, text) for number, text in enumerate(folded))
    print(f"B5 {length} characters: pyahocorasick's bare matching takes ", end="")
    print(f"{ratio(durations, 'peer', 'ours'):.2f} x our time with all around it ", end="")
    print(f"(goal at least 3); same keywords in {same} of {len(texts)} texts")
    print(f"    ours {median}, without ignored words ", end="")
    print(f"{median_ms(durations, 'find') * 1000:.0f} us, ", end="")
    print(f"bare {median_ms(durations, 'peer') * 1000:.0f} us")


def _whole(peer: Any, text: str) -> set[str]:
    """Return the keywords that the peer finds and that stand as words."""
    return {
        keyword
        for last, keyword in peer.iter(text)
        if stands_alone(text, last + 1 - len(folded_text(keyword)), last + 1)
    }


def _print_changes(index: KeywordIndex) -> None:
    busy = index.changed([(1, f"word{number}") for number in range(500)], [])
    durations = durations_s(
        {
            "first": lambda number: index.changed([(1, f"more{number}")], []),
            "busy": lambda number: busy.changed([(1, f"more{number}")], []),
            "fold": lambda _: busy.folded(),
        },
        count=5,
        rounds=3,
    )
    print(f"one keyword more: {median_ms(durations, 'first'):.2f} ms, ", end="")
    print(f"beside 500 recent ones {statistics.median(durations['busy']) * 1000:.1f} ms; ", end="")
    print(f"folding {KEYWORDS + IGNORED_KEYWORDS} keywords: {median_ms(durations, 'fold'):.0f} ms")


if __name__ == "__main__":
    main()
