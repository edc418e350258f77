"""What names and descriptions of services have to be like, for pages and programs alike."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from console.validators import check_visible, check_visible_lines
from rules import errors

MAX_NAME_CHARACTERS = 80
MAX_DESCRIPTION_CHARACTERS = 300


def check_texts(*, name: str, description: str) -> None:
    """Check what forms check as well, for callers that have none.

    Raises InvalidText, or TextTooLong.
    """
    for text, limit in ((name, MAX_NAME_CHARACTERS), (description, MAX_DESCRIPTION_CHARACTERS)):
        if len(text) > limit:
            raise errors.TextTooLong(limit)
    try:
        check_visible(name)
        check_visible_lines(description)
    except ValidationError as error:
        raise errors.InvalidText(error.message) from error
