"""What distances mean."""

import numpy as np
import pytest

from moderation import similarity
from moderation.similarity import (
    dhash_similarity,
    embedding_similarity,
    hamming_distances,
    pdq_similarity,
)

SCALES = [
    (pdq_similarity, similarity.PDQ_LIMIT_BITS, 256),
    (dhash_similarity, similarity.DHASH_LIMIT_BITS, 256),
    (embedding_similarity, similarity.EMBEDDING_LIMIT, 2.0),
]


class TestHammingDistances:
    def test_it_counts_the_bits_that_differ(self):
        query = np.zeros(32, np.uint8)
        references = np.zeros((3, 32), np.uint8)
        references[1, 5] = 0b101
        references[2] = 255

        assert hamming_distances(query, references).tolist() == [0, 2, 256]

    def test_no_references_give_no_distances(self):
        assert hamming_distances(np.zeros(32, np.uint8), np.empty((0, 32), np.uint8)).shape == (0,)

    @pytest.mark.parametrize(("query", "references"), [((31,), (1, 32)), ((32,), (1, 31))])
    def test_other_shapes_are_refused(self, query, references):
        with pytest.raises(ValueError, match="32-byte"):
            hamming_distances(np.zeros(query, np.uint8), np.zeros(references, np.uint8))


class TestScales:
    @pytest.mark.parametrize(("scale", "limit", "farthest"), SCALES)
    def test_the_same_is_100_and_the_farthest_0(self, scale, limit, farthest):
        assert scale(0) == 100
        assert scale(farthest) == 0

    @pytest.mark.parametrize(("scale", "limit", "farthest"), SCALES)
    def test_a_greater_distance_is_never_more_similar(self, scale, limit, farthest):
        percents = [scale(distance) for distance in np.linspace(0, farthest, 500)]

        assert percents == sorted(percents, reverse=True)

    @pytest.mark.parametrize(("scale", "limit", "farthest"), SCALES)
    def test_a_match_ends_at_80_percent(self, scale, limit, farthest):
        assert scale(limit) == pytest.approx(80)

    @pytest.mark.parametrize(
        ("bits", "percent"), [(10, 99), (31, 95), (48, 88), (56, 84), (72, 70), (80, 50), (96, 20)]
    )
    def test_the_documented_points_of_pdq(self, bits, percent):
        assert pdq_similarity(bits) == percent

    @pytest.mark.parametrize(("bits", "percent"), [(20, 95), (30, 87.5), (40, 80), (48, 70)])
    def test_the_documented_points_of_dhash(self, bits, percent):
        assert dhash_similarity(bits) == percent
