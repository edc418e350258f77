"""What names and descriptions of libraries have to be like, for pages and programs alike."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from console.validators import check_visible
from libraries import errors

MAX_NAME_CHARACTERS = 64
MAX_DESCRIPTION_CHARACTERS = 300


def check_texts(*, name: str = "", description: str = "") -> None:
    """Check what forms check as well, for callers that have none.

    Raises InvalidText, or TextTooLong.
    """
    for text, limit in ((name, MAX_NAME_CHARACTERS), (description, MAX_DESCRIPTION_CHARACTERS)):
        if len(text) > limit:
            raise errors.TextTooLong(limit)
        try:
            check_visible(text)
        except ValidationError as error:
            raise errors.InvalidText(error.message) from error
    if not name.strip():
        raise errors.InvalidText(_("Enter a name."))
