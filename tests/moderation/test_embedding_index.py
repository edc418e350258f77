"""Searching embeddings that lie on disk gives what comparing all of them gives."""

import numpy as np
import pytest

from moderation.embedding_index import MAX_IN_MEMORY, embedding_index, merged
from moderation.fingerprint import EMBEDDING_SIZE

MANY = 4 * MAX_IN_MEMORY


def unit_rows(rows):
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float16).astype(np.float32)


def embeddings(count, seed=1):
    """Return embeddings that all have much in common, as those of pictures have."""
    random_numbers = np.random.default_rng(seed)
    common = random_numbers.normal(size=(1, EMBEDDING_SIZE))
    return unit_rows(common + random_numbers.normal(size=(count, EMBEDDING_SIZE)))


def beside(rows, cosines, seed=2):
    """Return for each row an embedding with that cosine to it."""
    noise = np.random.default_rng(seed).normal(size=rows.shape)
    across = noise - rows * (noise * rows).sum(axis=1, keepdims=True)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return unit_rows(cosines[:, None] * rows + np.sqrt(1 - cosines[:, None] ** 2) * across)


def index_of(rows):
    return embedding_index(iter(np.array_split(rows, 5)), None)


class TestCandidates:
    @pytest.mark.parametrize("count", [MAX_IN_MEMORY, MANY])
    def test_none_that_is_near_enough_is_missed(self, count):
        rows = embeddings(count)
        queries = beside(rows[:200], np.random.default_rng(3).uniform(0.8, 1, 200))
        index = index_of(rows)

        for number, query in enumerate(queries):
            assert number in index.candidates(query, 0.795)

    def test_few_others_are_compared(self):
        rows = embeddings(MANY)
        index = index_of(rows)

        for query in beside(rows[:20], np.full(20, 0.9)):
            assert len(index.candidates(query, 0.8)) < MANY * 0.01

    @pytest.mark.parametrize("count", [1, 2, MAX_IN_MEMORY, MANY])
    def test_rows_come_back_as_they_were_given(self, count):
        rows = embeddings(count)
        numbers = np.array([count - 1, 0])

        assert np.array_equal(index_of(rows).rows(numbers), rows[numbers])

    @pytest.mark.parametrize("count", [0, 1])
    def test_small_ones_work(self, count):
        index = index_of(embeddings(count))

        assert len(index) == len(index.candidates(embeddings(1)[0], 0.8)) == count
        assert index.rows(np.arange(0)).shape == (0, EMBEDDING_SIZE)


class TestMerged:
    @pytest.mark.parametrize("counts", [(10, 20), (10, MANY), (MANY, 10), (MANY, MANY)])
    def test_the_chosen_rows_follow_one_another(self, counts):
        parts = [embeddings(count, seed) for seed, count in enumerate(counts)]
        chosen = [np.flatnonzero(np.arange(len(part)) % 3 > 0) for part in parts]

        index = merged(
            [(index_of(part), rows) for part, rows in zip(parts, chosen, strict=True)], None
        )

        expected = np.concatenate([part[rows] for part, rows in zip(parts, chosen, strict=True)])
        assert len(index) == len(expected)
        assert np.array_equal(index.rows(np.arange(len(expected))), expected)
        for number in (0, len(expected) - 1):
            assert index.candidates(expected[number], 0.8)[0] == number
