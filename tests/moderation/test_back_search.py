"""Finding pictures of before that a new library image would match."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moderation.back_search import BackSearch
from moderation.fingerprint import Fingerprint, unit_embedding
from moderation.library_columns import LibraryEntry
from moderation.library_index import LibraryIndex

RANDOM = np.random.default_rng(11)


def other(*, trimmed: bool = False, quality: int = 95) -> Fingerprint:
    """Return a fingerprint as unlike any other as those of different pictures are."""
    return Fingerprint(
        pdq=RANDOM.integers(0, 256, (8, 32), np.uint8),
        trimmed_pdq=RANDOM.integers(0, 256, (8 if trimmed else 0, 32), np.uint8),
        dhash=RANDOM.integers(0, 256, 32, np.uint8),
        embedding=unit_embedding(RANDOM.standard_gamma(0.28, 1280).astype(np.float32)),
        quality=quality,
        graphic=False,
    )


def like(sample: Fingerprint, vote: str) -> Fingerprint:
    """Return a fingerprint that only one vote finds like the sample."""
    picture = other(trimmed=vote == "trimmed")
    if vote == "pdq":
        picture.pdq[0] = sample.pdq[0]
    elif vote == "mirrored":
        picture.pdq[1] = sample.pdq[0]
    elif vote == "trimmed":
        picture.trimmed_pdq[2] = sample.pdq[0]
    elif vote == "dhash":
        return replace(picture, dhash=sample.dhash)
    else:
        return replace(picture, embedding=sample.embedding)
    return picture


VOTES = ["pdq", "mirrored", "trimmed", "dhash", "embedding"]


class TestBackSearch:
    @pytest.mark.parametrize("vote", VOTES)
    def test_each_vote_finds_what_it_would_have_matched(self, vote):
        sample = other()
        stored = [other(trimmed=bool(number % 3)).to_bytes() for number in range(40)]
        stored[17] = like(sample, vote).to_bytes()

        assert BackSearch(sample).matched(stored) == [17]

    def test_it_finds_what_the_index_matches(self):
        sample = other()
        pictures = [other() for _ in range(30)] + [like(sample, vote) for vote in VOTES]
        index = LibraryIndex.build([LibraryEntry(3, 4, sample)])

        found = BackSearch(sample).matched([picture.to_bytes() for picture in pictures])

        assert found == [
            number for number, picture in enumerate(pictures) if index.match(picture, {3})
        ]
        assert len(found) == len(VOTES)

    def test_a_hash_alone_is_compared_by_hash_alone(self):
        sample = Fingerprint.from_pdq(other().pdq_hex)
        picture = other()
        picture.pdq[5] = sample.pdq[0]

        found = BackSearch(sample).matched([other().to_bytes(), picture.to_bytes()])

        assert found == [1]

    def test_fingerprints_of_another_version_and_damaged_ones_are_left_out(self):
        sample = other()
        old = b"\xff\xff" + sample.to_bytes()[2:]

        assert BackSearch(sample).matched([b"", old, sample.to_bytes()]) == [2]

    def test_a_picture_too_plain_to_be_matched_is_not_found(self):
        sample = other()

        assert BackSearch(sample).matched([replace(sample, quality=10).to_bytes()]) == []

    def test_nothing_was_stored(self):
        assert BackSearch(other()).matched([]) == []
