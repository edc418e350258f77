"""What a name has to be like."""

import pytest
from django.core.exceptions import ValidationError

from console.validators import check_visible, check_visible_lines


class TestCheckVisible:
    @pytest.mark.parametrize("text", ["", "Ads 2026", "广告\u3000图片", "a\u00a0b", "café", "צ'ק"])
    def test_what_is_seen_may_be_a_name(self, text):
        check_visible(text)

    @pytest.mark.parametrize("letter", ["\u202e", "\u200b", "\x00", "\n", "\u2028", "\ud800"])
    def test_what_is_not_seen_is_refused(self, letter):
        with pytest.raises(ValidationError, match="cannot be seen"):
            check_visible(f"a{letter}b")

    def test_lines_may_end(self):
        check_visible_lines("one\r\ntwo\nthree")

    @pytest.mark.parametrize("letter", ["\u202e", "\x0b", "\u2028"])
    def test_lines_are_as_visible(self, letter):
        with pytest.raises(ValidationError):
            check_visible_lines(f"one\n{letter}two")
