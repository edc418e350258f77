"""A library image or a keyword that was recognised."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.detection import Box


@dataclass(frozen=True, slots=True)
class ImageMatch:
    """A library image that the picture resembles.

    similarity: percent, 0 to 100; a match starts at 80.
    vote: which comparison recognised it: "pdq", "dhash" or "embedding", or "geometry" if a
        part of it was found.
    distance: of that vote; bits for the hashes, 1 - cosine for the embedding, 1 - correlation
        for a part.
    variant: how the picture was turned for it to match, such as "original" or "mirrored", or
        "part" or "part, mirrored".
    """

    library_id: int
    image_id: int
    similarity: float
    vote: str
    distance: float
    variant: str


@dataclass(frozen=True, slots=True)
class KeywordMatch:
    """A keyword of a vocabulary, found in a line of the picture's text."""

    vocabulary_id: int
    keyword: str
    line: str
    box: Box
