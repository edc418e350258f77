"""Keywords of vocabularies: finding them, and cutting ignored ones out."""
# Full-width and look-alike characters are what is tested here.
# ruff: noqa: RUF001

import unicodedata
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.detection import Box, TextLine
from moderation.keywords import KeywordIndex
from moderation.text.folding import fold, folded_text, original_spans
from moderation.text.scripts import is_word_character

IGNORED, FLAGGED, OTHER = 1, 2, 3
BOX = Box(1, 2, 3, 4)


def line(text):
    return TextLine(text, BOX, 99.0)


def found(index, text, *vocabulary_ids):
    matches = index.find([line(text)], set(vocabulary_ids or {FLAGGED}))
    return [match.keyword for match in matches]


def flagged(*keywords):
    return KeywordIndex.build((FLAGGED, keyword) for keyword in keywords)


def ignored(*keywords):
    return KeywordIndex.build((IGNORED, keyword) for keyword in keywords)


class TestFind:
    def test_a_match_says_where_it_was_found(self):
        (match,) = flagged("cat").find([line("a dog"), line("a small cat")], {FLAGGED})

        assert (match.vocabulary_id, match.keyword) == (FLAGGED, "cat")
        assert (match.line, match.box) == ("a small cat", BOX)

    @pytest.mark.parametrize("text", ["CAT", "Cat", "ｃａｔ", "ℂat"])
    def test_case_and_width_do_not_matter(self, text):
        assert found(flagged("cat"), text) == ["cat"]

    def test_the_keyword_is_returned_as_it_was_entered(self):
        assert found(flagged("Straße"), "STRASSE") == ["Straße"]

    @pytest.mark.parametrize("text", ["concatenate", "cats", "cat7", "scat", "caté"])
    def test_a_part_of_a_word_is_no_match(self, text):
        assert found(flagged("cat"), text) == []

    @pytest.mark.parametrize("text", ["cat!", "(cat)", "wild-cat", "cat, dog", "小cat猫"])
    def test_a_whole_word_among_signs_is_a_match(self, text):
        assert found(flagged("cat"), text) == ["cat"]

    @pytest.mark.parametrize(
        ("keyword", "text"),
        [
            ("微信", "加微信号"),
            ("ราคา", "ขายราคาถูก"),
            ("カジノ", "オンラインカジノへ"),
            ("마약", "마약을 판다"),
        ],
    )
    def test_scripts_without_spaces_are_searched_inside(self, keyword, text):
        assert found(flagged(keyword), text) == [keyword]

    def test_each_edge_of_a_mixed_keyword_counts_by_itself(self):
        assert found(flagged("k粉"), "卖k粉的") == ["k粉"]
        assert found(flagged("k粉"), "ak粉") == []

    def test_a_digit_edge_does_not_match_in_a_longer_number(self):
        assert found(flagged("12"), "3124") == []
        assert found(flagged("12"), "no 12.") == ["12"]

    def test_a_keyword_of_several_words_matches_over_any_space(self):
        assert found(flagged("free money"), "get free \t money now") == ["free money"]

    def test_overlapping_keywords_are_all_found(self):
        assert set(found(flagged("new york", "york times"), "New York Times")) == {
            "new york",
            "york times",
        }

    def test_only_the_vocabularies_that_were_asked_for_are_searched(self):
        index = KeywordIndex.build([(FLAGGED, "cat"), (OTHER, "cat"), (OTHER, "dog")])

        matches = index.find([line("cat dog")], {OTHER})

        assert {(match.vocabulary_id, match.keyword) for match in matches} == {
            (OTHER, "cat"),
            (OTHER, "dog"),
        }

    def test_a_keyword_twice_in_a_line_is_one_match(self):
        assert found(flagged("cat"), "cat cat") == ["cat"]

    def test_an_empty_index_finds_nothing(self):
        assert KeywordIndex.empty().find([line("cat")], {FLAGGED}) == ()

    def test_a_blank_keyword_is_left_out(self):
        assert found(flagged("", "  "), "any text") == []


class TestCut:
    @pytest.mark.parametrize(
        ("keywords", "text", "rest"),
        [
            (["is", "a"], "Here is a small cat", "Here small cat"),
            (["cat"], "a small cat", "a small"),
            (["here"], "Here is", "is"),
            (["a"], "A", ""),
            (["new", "new york"], "in New York today", "in today"),
            (["new york", "york times"], "New York Times", "Times"),
            (["is"], "This is it, Isis", "This it, Isis"),
            (["微信"], "加微信号", "加号"),
            (["是"], "one是two", "one two"),
            (["straße"], "die STRASSE dort", "die dort"),
            (["ﬁn"], "the fin is", "the is"),
            (["é"], "a e\u0301 b", "a b"),
            (["x"], "Keeps  THE   Case", "Keeps  THE   Case"),
        ],
    )
    def test_the_rest_is_as_it_was_written(self, keywords, text, rest):
        assert ignored(*keywords).cut(text, {IGNORED}) == rest

    def test_other_vocabularies_are_left(self):
        index = KeywordIndex.build([(IGNORED, "is"), (FLAGGED, "cat")])

        assert index.cut("is a cat", {IGNORED}) == "a cat"

    def test_without_vocabularies_nothing_is_cut(self):
        assert ignored("is").cut("is it", set()) == "is it"

    def test_an_empty_index_cuts_nothing(self):
        assert KeywordIndex.empty().cut("  is it ", {IGNORED}) == "  is it "


ALPHABET = st.text(alphabet="abAB cé\u0301微信Ａﬁß1 ", max_size=12)

MIXED_TEXT = st.text(
    alphabet="aZ \t\n\u3000ßẞıİſΣςé\u0301ﬁ微がか\u3099각\u1100\u1161№ǅЙ", max_size=20
)


def occurs(keyword, text):
    """Say whether a keyword occurs, by trying every place."""
    pattern, where = (" ".join(fold(value).text.split()) for value in (keyword, text))
    places = [p for p in range(len(where)) if pattern and where.startswith(pattern, p)]
    for start in places:
        end = start + len(pattern)
        joined_left = start > 0 and all(map(is_word_character, (where[start - 1], where[start])))
        joined_right = end < len(where) and all(
            map(is_word_character, (where[end - 1], where[end]))
        )
        if not joined_left and not joined_right:
            return True
    return False


class TestAgainstTryingEveryPlace:
    @given(st.lists(ALPHABET, max_size=6), ALPHABET)
    def test_the_same_keywords_are_found(self, keywords, text):
        expected = {keyword for keyword in keywords if occurs(keyword, text)}

        assert set(found(flagged(*keywords), text)) == expected

    @given(st.lists(ALPHABET, max_size=4), ALPHABET)
    def test_cutting_only_takes_characters_away(self, keywords, text):
        rest = ignored(*keywords).cut(text, {IGNORED})

        kept = iter(text)
        assert all(character in kept for character in rest if character != " ")


KEYWORD = st.tuples(
    st.sampled_from([IGNORED, FLAGGED]), st.text(alphabet="abA cé微信ß ", max_size=4)
)
KEYWORDS = st.lists(KEYWORD, max_size=8)
CHANGES = st.lists(st.tuples(KEYWORDS, KEYWORDS, st.booleans()), max_size=5)


class TestChanged:
    @settings(deadline=None)  # the machine may be busy
    @given(KEYWORDS, CHANGES, ALPHABET)
    def test_any_run_of_changes_gives_the_index_that_building_it_gives(self, first, changes, text):
        contents, index = set(first), KeywordIndex.build(first)

        for added, removed, fold_now in changes:
            index = index.changed(added, removed)
            contents = (contents - set(removed)) | set(added)
            index = index.folded() if fold_now else index

        fresh = KeywordIndex.build(sorted(contents))
        for vocabularies in ({IGNORED}, {FLAGGED}, {IGNORED, FLAGGED}):
            assert index.find([line(text)], vocabularies) == fresh.find([line(text)], vocabularies)
            assert index.cut(text, vocabularies) == fresh.cut(text, vocabularies)

    def test_the_index_that_was_changed_remains_as_it_is(self):
        before = flagged("cat")

        before.changed([(FLAGGED, "dog")], [(FLAGGED, "cat")])

        assert found(before, "cat and dog") == ["cat"]

    def test_ignored_words_added_later_are_cut_too(self):
        index = ignored("is").changed([(IGNORED, "a")], [])

        assert index.cut("Here is a small cat", {IGNORED}) == "Here small cat"

    def test_the_same_keyword_of_another_vocabulary_stays(self):
        index = KeywordIndex.build([(FLAGGED, "cat"), (OTHER, "cat")])

        index = index.changed([], [(OTHER, "cat")])

        assert found(index, "cat", FLAGGED, OTHER) == ["cat"]

    def test_many_changes_ask_for_folding_and_a_folded_index_for_none(self):
        index = flagged("cat").changed([(FLAGGED, f"word{number}") for number in range(1000)], [])

        assert index.needs_folding
        assert not index.folded().needs_folding
        assert not flagged("cat").changed([(FLAGGED, "dog")], [(FLAGGED, "cat")]).needs_folding


class TestSearch:
    @settings(deadline=None)  # the machine may be busy
    @given(KEYWORDS, ALPHABET)
    def test_what_is_left_is_searched_as_if_nothing_had_been_read_before(self, keywords, text):
        index = KeywordIndex.build(keywords)
        search = index.search({IGNORED}, {FLAGGED})

        rest = search.cut(text)

        assert rest == index.cut(text, {IGNORED})
        assert search.find([line(rest)]) == index.find([line(rest)], {FLAGGED})

    @pytest.mark.parametrize(("text", "times"), [("a small cat", 1), ("this is a cat", 2)])
    def test_a_text_of_which_all_is_left_is_read_once(self, text, times):
        index = KeywordIndex.build([(IGNORED, "is"), (FLAGGED, "cat")])
        search = index.search({IGNORED}, {FLAGGED})

        with patch.object(
            KeywordIndex, "hits", autospec=True, side_effect=KeywordIndex.hits
        ) as hits:
            matches = search.find([line(search.cut(text))])

        assert [match.keyword for match in matches] == ["cat"]
        assert hits.call_count == times


class TestFold:
    @given(st.one_of(st.text(max_size=20), MIXED_TEXT))
    def test_the_quick_way_gives_the_same_text(self, text):
        assert folded_text(text) == fold(text).text

    @given(st.one_of(st.text(max_size=20), MIXED_TEXT), st.data())
    def test_the_quick_way_back_leads_to_the_same_place(self, text, data):
        folded = fold(text)
        places = st.integers(0, len(folded.text))
        spans = data.draw(st.lists(st.tuples(places, places).filter(lambda s: s[0] < s[1])))

        assert original_spans(text, spans) == [folded.original_span(*span) for span in spans]

    @given(st.text(max_size=20))
    def test_every_folded_character_has_a_place_in_the_original(self, text):
        folded = fold(text)

        assert len(folded.starts) == len(folded.ends) == len(folded.text)
        assert all(
            0 <= start < end <= len(text)
            for start, end in zip(folded.starts, folded.ends, strict=True)
        )
        assert list(folded.starts) == sorted(folded.starts)

    @given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N"]), max_size=8))
    def test_letters_and_digits_fold_as_the_whole_text_does(self, text):
        whole = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())

        assert fold(text).text.replace(" ", "") == "".join(whole.split())
