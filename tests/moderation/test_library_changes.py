"""Changing an index of library images: what is added matches, what is removed never does."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from moderation.fingerprint import EMBEDDING_SIZE, Fingerprint
from moderation.library_index import MAX_RECENT, LibraryEntry, LibraryIndex

LIBRARY, OTHER_LIBRARY = 7, 8
LIBRARIES = {LIBRARY, OTHER_LIBRARY}


def made_up(seed, **parts):
    """Return a fingerprint of random bits, which matches itself only."""
    random_numbers = np.random.default_rng(seed)
    embedding = random_numbers.normal(size=EMBEDDING_SIZE)
    whole = Fingerprint(
        pdq=random_numbers.integers(0, 256, (8, 32), np.uint8),
        trimmed_pdq=random_numbers.integers(0, 256, (8 * (seed % 3 == 0), 32), np.uint8),
        dhash=random_numbers.integers(0, 256, 32, np.uint8),
        embedding=(embedding / np.linalg.norm(embedding)).astype(np.float16).astype(np.float32),
        quality=100,
        graphic=seed % 5 == 0,
    )
    return replace(whole, **parts)


def entry(image_id, seed=None, library_id=LIBRARY):
    return LibraryEntry(library_id, image_id, made_up(image_id if seed is None else seed))


def entries(numbers):
    return [entry(number) for number in numbers]


def found(index, seed):
    return [match.image_id for match in index.match(made_up(seed), LIBRARIES)]


class TestChanged:
    @pytest.mark.parametrize("count", [0, 1, 2, MAX_RECENT + 1])
    def test_an_added_image_matches_beside_those_that_were_there(self, count):
        index = LibraryIndex.build(entries(range(count))).changed([entry(5000)], set())

        assert len(index) == count + 1
        assert found(index, 5000) == [5000]
        assert found(index, 0) == [0] * (count > 0)

    @pytest.mark.parametrize("count", [1, 2, MAX_RECENT + 1])
    def test_a_removed_image_matches_no_more(self, count):
        index = LibraryIndex.build(entries(range(count))).changed([], {0})

        assert len(index) == count - 1
        assert found(index, 0) == []
        assert found(index, 1) == [1] * (count > 1)

    def test_the_index_that_was_changed_remains_as_it_is(self):
        before = LibraryIndex.build(entries(range(3)))

        before.changed([entry(9)], {0, 1, 2})

        assert len(before) == 3
        assert found(before, 0) == [0]
        assert found(before, 9) == []

    def test_an_image_added_again_replaces_the_one_before(self):
        index = LibraryIndex.build(entries(range(3)))

        for seed in (100, 200):
            index = index.changed([entry(1, seed)], set())

        assert len(index) == 3
        assert [found(index, seed) for seed in (1, 100, 200)] == [[], [], [1]]

    def test_an_image_removed_and_added_at_once_is_there(self):
        index = LibraryIndex.build(entries(range(3))).changed([entry(1, 100)], {1})

        assert found(index, 100) == [1]

    def test_an_image_may_move_to_another_library(self):
        index = LibraryIndex.build(entries(range(3)))

        moved = index.changed([entry(1, library_id=OTHER_LIBRARY)], set())

        assert [match.library_id for match in moved.match(made_up(1), LIBRARIES)] == [OTHER_LIBRARY]

    def test_a_plain_picture_removes_the_one_before_it(self):
        plain = LibraryEntry(LIBRARY, 1, made_up(1, quality=49))

        index = LibraryIndex.build(entries(range(3))).changed([plain], set())

        assert len(index) == 2
        assert found(index, 1) == []

    def test_removing_what_is_not_there_changes_nothing(self):
        index = LibraryIndex.build(entries(range(3))).changed([], {77, -1})

        assert len(index) == 3

    def test_many_images_at_once_may_be_added(self):
        index = LibraryIndex.build(entries(range(3)))

        index = index.changed(entries(range(1, 2 * MAX_RECENT)), {0})

        assert len(index) == 2 * MAX_RECENT - 1
        assert [found(index, seed) for seed in (0, 1, 1000)] == [[], [1], [1000]]

    def test_of_entries_with_one_id_the_last_counts(self):
        index = LibraryIndex.build([entry(1, 100), entry(2), entry(1, 200)])

        assert len(index) == 2
        assert [found(index, seed) for seed in (100, 200)] == [[], [1]]

    def test_a_library_can_be_taken_out_as_a_whole(self):
        index = LibraryIndex.build([entry(1), entry(2, library_id=OTHER_LIBRARY)])
        index = index.changed([entry(3), entry(4, library_id=OTHER_LIBRARY)], set())

        index = index.without_libraries({OTHER_LIBRARY})

        assert [found(index, seed) for seed in (1, 2, 3, 4)] == [[1], [], [3], []]


class TestFolded:
    def test_the_same_images_match_before_and_after(self):
        index = LibraryIndex.build(entries(range(700)))
        index = index.changed(entries(range(690, 1000)), {0, 1, 699, 900})
        index = index.changed(entries([900]), {5})

        folded = index.folded()

        assert len(folded) == len(index) == 997
        for seed in (*range(8), 690, 699, 899, 900, 999):
            query = made_up(seed)
            assert folded.match(query, LIBRARIES) == index.match(query, LIBRARIES)
        assert [seed for seed in (0, 1, 5, 699, 900) if found(folded, seed)] == [699, 900]

    def test_a_fresh_index_needs_no_folding(self):
        assert not LibraryIndex.empty().needs_folding
        assert not LibraryIndex.build(entries(range(3))).needs_folding
        assert not LibraryIndex.build(entries(range(3))).changed([entry(9)], {1}).needs_folding

    @pytest.mark.parametrize("change", [(range(100, 500), set()), ((), set(range(70)))])
    def test_many_changes_ask_for_folding_and_a_folded_index_for_none(self, change):
        added, removed = change

        index = LibraryIndex.build(entries(range(100))).changed(entries(added), removed)

        assert index.needs_folding
        assert not index.folded().needs_folding

    def test_an_emptied_index_folds_to_nothing(self):
        index = LibraryIndex.build(entries(range(100))).changed([], set(range(100)))

        folded = index.folded()

        assert len(folded) == 0
        assert not folded.needs_folding
        assert found(folded, 3) == []

    def test_what_is_removed_while_another_thread_folds_is_never_returned(self):
        index = LibraryIndex.build(entries(range(1500)))
        with ThreadPoolExecutor(1) as pool:
            folding = pool.submit(index.changed(entries(range(1500, 2100)), set()).folded)
            removed = index.changed([], {3})

            while not folding.done():
                assert found(removed, 3) == []

        assert found(folding.result().changed([], {3}), 3) == []


class TestAgainstAFreshIndex:
    @pytest.mark.parametrize("seed", range(6))
    def test_any_run_of_changes_gives_the_index_that_building_it_gives(self, seed):
        choose = random.Random(seed)
        contents, index = {}, LibraryIndex.empty()

        for _ in range(25):
            ids = [choose.randrange(60) for _ in range(choose.choice([1, 3, 20]))]
            added = [entry(image, choose.randrange(80), choose.choice([7, 8])) for image in ids]
            removed = {choose.randrange(60) for _ in range(choose.choice([0, 1, 10]))}
            index = index.changed(added, removed)
            contents = {image: kept for image, kept in contents.items() if image not in removed}
            contents |= {one.image_id: one for one in added}
            if choose.random() < 0.2:
                index = index.folded()

        fresh = LibraryIndex.build(contents.values())
        assert len(index) == len(fresh) == len(contents)
        for number in range(80):
            query = made_up(number)
            assert index.match(query, LIBRARIES) == fresh.match(query, LIBRARIES)
