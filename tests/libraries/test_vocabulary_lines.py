"""Lines as keywords: what is one, and what is wrong with the others."""
# Full-width, invisible and look-alike characters are what is tested here.
# ruff: noqa: RUF001

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libraries.keyword_lines import (
    Addition,
    KeywordLines,
    NewKeyword,
    Reason,
    RefusedLine,
    TooManyLines,
    lines_of,
    read_keywords,
    without_known,
)
from libraries.models import MAX_KEYWORD_CHARACTERS, Keyword


def texts(*lines):
    return [keyword.text for keyword in read_keywords(enumerate(lines, start=1)).keywords]


def refusal(line):
    (refused,) = read_keywords([(7, line)]).refused
    return refused


class TestReadKeywords:
    @pytest.mark.parametrize(
        "text",
        [
            "cat",
            "two words",
            "猫",
            "Straße",
            "हिन्दी",
            "กรุงเทพ",
            "ﷺ",
            "Ⅷ",
            "2026",
            "한국어",
            "e\u0301a",
        ],
    )
    def test_letters_and_digits_of_any_script_are_a_keyword(self, text):
        assert texts(text) == [unicodedata.normalize("NFC", text)]

    def test_spaces_around_are_taken_off_and_several_are_one(self):
        assert texts("  two \u3000\u00a0 words  ") == ["two words"]

    def test_blank_lines_are_passed_over(self):
        lines = read_keywords(lines_of("cat\n\n   \ndog\n"))

        assert [(keyword.number, keyword.text) for keyword in lines.keywords] == [
            (1, "cat"),
            (4, "dog"),
        ]
        assert lines.refused == ()

    def test_any_line_end_will_do(self):
        assert lines_of("a\r\nb\rc\nd") == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]

    def test_twenty_characters_fit(self):
        assert texts("x" * 20, "猫" * 20) == ["x" * 20, "猫" * 20]

    def test_a_letter_and_its_accent_count_as_one(self):
        assert texts("e\u0301" * 20) == ["é" * 20]

    def test_twenty_one_characters_are_refused_with_their_number(self):
        refused = refusal("x" * 21)

        assert (refused.number, refused.reason) == (7, Reason.TOO_LONG)
        assert refused.message == "21 characters; shorten it to 20."

    @pytest.mark.parametrize(
        ("text", "character"),
        [
            ("a@b", "@"),
            ("=1+1", "="),
            ("<script>", "<"),
            ("snake_case", "_"),
            ("don't", "'"),
            ("wild-cat", "-"),
            ("cat😀", "😀"),
            ("100%", "%"),
            ("\ufffd", "\ufffd"),
        ],
    )
    def test_a_special_character_is_refused_and_named(self, text, character):
        refused = refusal(text)

        assert refused.reason is Reason.SPECIAL
        assert f"“{character}”" in refused.message

    @pytest.mark.parametrize("character", ["\0", "\a", "\t", "\x85", "\u2028", "\ud800"])
    def test_a_control_character_is_refused_with_its_code(self, character):
        refused = refusal(f"ca{character}t")

        assert refused.reason is Reason.CONTROL
        assert f"U+{ord(character):04X}" in refused.message
        assert refused.shown_text == f"ca⟨U+{ord(character):04X}⟩t"

    @pytest.mark.parametrize(
        "character",
        ["\u200b", "\u200d", "\u200f", "\u202e", "\u00ad", "\ufe0f", "\u3164", "\u034f", "\u2060"],
    )
    def test_an_invisible_character_is_refused_with_its_name(self, character):
        refused = refusal(f"ca{character}t")

        assert refused.reason is Reason.INVISIBLE
        assert unicodedata.name(character).lower() in refused.message

    @pytest.mark.parametrize("text", ["\u0301", "\u0301\u0302", "\ufe70"])
    def test_marks_alone_are_no_keyword(self, text):
        assert refusal(text).reason is Reason.NO_LETTER

    @pytest.mark.parametrize("text", ["CAT", "ｃａｔ", " cat ", "ℂat"])
    def test_what_matches_the_same_is_the_same_keyword(self, text):
        lines = read_keywords([(1, "cat"), (5, text)])

        assert [keyword.text for keyword in lines.keywords] == ["cat"]
        assert [(line.number, line.message) for line in lines.refused] == [
            (5, "The same as line 1.")
        ]

    def test_composed_and_decomposed_letters_are_the_same(self):
        lines = read_keywords([(1, "café"), (2, "cafe\u0301")])

        assert [line.reason for line in lines.refused] == [Reason.REPEATED]

    def test_an_endless_line_is_shown_in_part(self):
        assert len(refusal("x" * 10_000).shown_text) == 61

    def test_only_the_beginning_of_an_endless_line_is_looked_at_and_kept(self):
        refused = refusal("e" + "\u0301\u0316" * 500_000)  # to compose it takes hours

        assert refused.reason is Reason.TOO_LONG
        assert refused.message == "1,000,001 characters; shorten it to 20."
        assert len(refused.text) == 200

    def test_endless_spaces_around_a_keyword_are_taken_off(self):
        assert texts(" " * 10_000 + "cat" + " " * 10_000 + "dog") == ["cat dog"]

    @pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
    def test_a_text_of_millions_of_lines_is_not_divided(self, line_end):
        with pytest.raises(TooManyLines):
            lines_of(line_end * 1_000_001)

    @settings(deadline=None)  # the machine may be busy
    @given(st.text(max_size=24))
    def test_each_line_that_is_not_blank_is_a_keyword_or_refused(self, text):
        lines = read_keywords([(1, text)])

        spaces = " \u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
        is_blank = not unicodedata.normalize("NFC", text).strip(spaces)
        assert len(lines.keywords) + len(lines.refused) == (0 if is_blank else 1)
        for keyword in lines.keywords:
            assert len(keyword.text) <= MAX_KEYWORD_CHARACTERS
            assert len(keyword.folded) <= Keyword._meta.get_field("folded").max_length
            assert all(
                unicodedata.category(letter)[0] in "LMN" or letter == " " for letter in keyword.text
            )
        for line in lines.refused:
            assert line.message
            assert line.shown_text.encode()


class TestWithoutKnown:
    def test_what_is_there_already_is_refused_with_its_spelling(self):
        lines = KeywordLines((NewKeyword(3, "CAT", "cat"), NewKeyword(4, "dog", "dog")))

        new = without_known(lines, {"cat": "Cat"}, room=10, limit=10)

        assert [keyword.text for keyword in new.keywords] == ["dog"]
        assert new.refused[0].message == "Already in the library, as “Cat”."

    def test_what_has_no_room_is_refused(self):
        lines = read_keywords(enumerate("abc", start=1))

        new = without_known(lines, {}, room=2, limit=100_000)

        assert [keyword.text for keyword in new.keywords] == ["a", "b"]
        assert [(line.number, line.reason) for line in new.refused] == [(3, Reason.QUOTA)]
        assert "100,000" in new.refused[0].message

    def test_no_room_at_all_adds_nothing(self):
        new = without_known(read_keywords(enumerate("abc", start=1)), {}, room=-1, limit=1)

        assert new.keywords == ()
        assert len(new.refused) == 3

    def test_refused_lines_are_in_order(self):
        lines = read_keywords([(1, "cat"), (2, "a@b"), (3, "dog")])

        new = without_known(lines, {"cat": "cat"}, room=0, limit=0)

        assert [line.number for line in new.refused] == [1, 2, 3]


class TestAddition:
    def test_the_summary_counts_each_kind(self):
        refused = (
            RefusedLine(1, "a", Reason.REPEATED, "1"),
            RefusedLine(2, "b", Reason.KNOWN, "b"),
            RefusedLine(3, "c" * 21, Reason.TOO_LONG, "21"),
            RefusedLine(4, "@", Reason.SPECIAL, "@"),
            RefusedLine(5, "\a", Reason.CONTROL, "U+0007"),
            RefusedLine(6, "d", Reason.QUOTA, "9"),
        )

        assert Addition(1312, refused).summary == (
            "1,312 added, 1 too long, 2 with characters that are not allowed, 2 duplicates,"
            " 1 without room"
        )

    def test_duplicates_are_not_to_be_mended(self):
        refused = (
            RefusedLine(1, "a", Reason.REPEATED, "1"),
            RefusedLine(2, "a@b", Reason.SPECIAL, "@"),
        )

        assert Addition(0, refused).kept == "a@b"
