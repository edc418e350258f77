"""What a text that people enter has to be like, whatever it names."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_SEEN_SPACES = str.maketrans("\u00a0\u3000", "  ")


def check_visible(text: str) -> None:
    """Refuse characters that cannot be seen, such as those that turn the direction of writing."""
    if not text.translate(_SEEN_SPACES).isprintable():
        raise ValidationError(_("It contains characters that cannot be seen. Type it anew."))


def check_visible_lines(text: str) -> None:
    """Refuse them in a text of several lines."""
    check_visible(text.replace("\r\n", " ").replace("\n", " "))
