"""The filters with which templates write numbers."""

import pytest

from console.templatetags import ui


class TestScores:
    @pytest.mark.parametrize(
        ("typed", "written"), [("60.00", "60"), (87.5, "87.5"), ("", ""), (None, ""), ("x", "x")]
    )
    def test_a_score_has_no_needless_zeros(self, typed, written):
        assert ui.score(typed) == written

    @pytest.mark.parametrize(
        ("typed", "written"), [("60.00", "60"), ("x", "0"), ("", "0"), (101, "0"), ("nan", "0")]
    )
    def test_a_slider_gets_a_percentage_whatever_was_typed(self, typed, written):
        assert ui.percent(typed) == written


class TestShares:
    @pytest.mark.parametrize(
        ("used", "whole", "share"), [(3, 10, "30"), (12, 10, "100"), (1, 0, "0")]
    )
    def test_a_share_stays_in_its_bar(self, used, whole, share):
        assert ui.percent_of(used, whole) == share


class TestSparkLine:
    def test_it_runs_from_edge_to_edge(self):
        assert ui.spark_line([0, 2, 1]) == "M0 40L50 2L100 21"

    def test_nothing_but_zeros_is_a_line_at_the_bottom(self):
        assert ui.spark_line([0, 0]) == "M0 40L100 40"

    def test_one_number_makes_no_line(self):
        assert ui.spark_line([5]) == ""


def test_an_icon_leaves_to_the_style_sheet_what_all_icons_share():
    drawn = ui.icon("images", label="Pictures")

    opening, _, shapes = drawn.partition(">")
    assert opening == '<svg viewBox="0 0 24 24" class="icon" role="img" aria-label="Pictures"'
    assert 'fill="currentColor"' in shapes  # what one shape alone has
    assert "\n" not in drawn


def test_lines_of_an_icon_are_drawn_as_one_each_from_where_it_starts():
    drawn = ui.icon("image-plus")

    assert drawn.count("<path ") == 1
    assert "h7.5M0 0m21 15-3.086-3.086" in drawn  # relative to the corner, as on its own
    assert '<circle cx="9" cy="9" r="2"/>' in drawn


def test_an_icon_of_many_rows_is_drawn_once():
    symbols = ui.icon_symbols("flag", "info")

    assert symbols.count("<symbol ") == symbols.count("</symbol>") == 2
    assert '<symbol id="i-flag" viewBox="0 0 24 24"><path d="M4 22' in symbols
    drawn = ui.icon("flag", drawn=True)
    assert drawn == '<svg class="icon" aria-hidden="true"><use href="#i-flag"/></svg>'
