"""What the tests of the pages of keyword libraries share."""

from __future__ import annotations

from django.urls import reverse

from console.models import Member
from libraries.keyword_lines import Addition, read_keywords
from libraries.models import Vocabulary
from libraries.services.keywords import add_keywords

HTMX = {"HX-Request": "true"}


def htmx(target: str) -> dict[str, str]:
    """Return the headers of a request of htmx for one element."""
    return HTMX | {"HX-Target": target}


def url(name: str, vocabulary: Vocabulary | None = None) -> str:
    """Return the address of a page, of a vocabulary or of all."""
    return reverse(f"libraries:{name}", args=[vocabulary.pk] if vocabulary else [])


def stored(vocabulary: Vocabulary) -> list[str]:
    """Return the keywords of a vocabulary in alphabetical order."""
    return sorted(vocabulary.keywords.values_list("text", flat=True))


def add_texts(author: Member, vocabulary: Vocabulary, *texts: str) -> Addition:
    """Add keywords as the page does."""
    lines = read_keywords(enumerate(texts, start=1))
    return add_keywords(vocabulary=vocabulary, lines=lines, author=author)
