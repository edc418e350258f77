"""What is said of a picture before it becomes a library's sample."""

from dataclasses import replace

import numpy as np
import pytest

from moderation.fingerprint import Fingerprint, fingerprint_of
from moderation.library_index import LibraryEntry, LibraryIndex
from moderation.sample_check import CrowdedLibrary, Refusal, check_sample
from tests import pictures

LIBRARY, OTHER_LIBRARY, FOREIGN_LIBRARY = 7, 8, 9
OWN_LIBRARIES = {LIBRARY, OTHER_LIBRARY}


@pytest.fixture(scope="module")
def fingerprint(seen):
    return lambda content: fingerprint_of(seen(content))


@pytest.fixture(scope="module")
def temple(fingerprint):
    return fingerprint(pictures.temple())


def turned_bits(fingerprint, seed, bits):
    """Return a fingerprint whose PDQ hashes differ in some bits."""
    order = np.random.default_rng(seed).permutation(256)[:bits]
    flips = np.zeros(256, np.uint8)
    flips[order] = 1
    return replace(fingerprint, pdq=fingerprint.pdq ^ np.packbits(flips))


def index_of(*prints, library_id=LIBRARY):
    return LibraryIndex.build(
        LibraryEntry(library_id, number, print_) for number, print_ in enumerate(prints, 1)
    )


def checked(fingerprint, index=None):
    return check_sample(fingerprint, index or LibraryIndex.empty(), LIBRARY, OWN_LIBRARIES)


class TestRefusals:
    def test_a_photograph_may_go_live(self, temple):
        check = checked(temple)

        assert check.refusal is None
        assert (check.matches_narrowly, check.duplicates, check.crowded) == (False, (), ())

    def test_a_picture_of_one_colour_is_blank(self, fingerprint):
        assert checked(fingerprint(pictures.blank())).refusal is Refusal.BLANK

    @pytest.mark.parametrize(("quality", "refusal"), [(49, Refusal.LOW_DETAIL), (50, None)])
    def test_a_picture_needs_some_detail(self, temple, quality, refusal):
        assert checked(replace(temple, quality=quality)).refusal is refusal

    def test_a_drawing_matches_narrowly(self, fingerprint):
        drawing = fingerprint(pictures.png(pictures.qr_code("https://example.com/one")))

        assert checked(drawing).matches_narrowly


class TestDuplicates:
    @pytest.mark.parametrize("quality", [30, 60, 95])
    def test_a_picture_encoded_anew_is_the_same(self, fingerprint, quality):
        stored = [fingerprint(pictures.photo_file(name)) for name in ("temple", "cat", "coffee")]

        copy = fingerprint(pictures.jpeg(pictures.photo("cat"), quality))

        assert [same.image_id for same in checked(copy, index_of(*stored)).duplicates] == [2]

    @pytest.mark.parametrize("name", ["with text", "mirrored", "cropped"])
    def test_an_edited_picture_is_another(self, fingerprint, temple, name):
        photo = pictures.photo("temple")
        edited = {
            "with text": pictures.draw_text("BUY NOW", "CHEAP", on=photo),
            "mirrored": photo.transpose(0),
            "cropped": photo.crop((20, 20, 600, 400)),
        }[name]

        assert checked(fingerprint(pictures.jpeg(edited)), index_of(temple)).duplicates == ()

    def test_a_hash_without_a_picture_is_the_same_as_its_picture(self, temple):
        listed = Fingerprint.from_pdq(temple.pdq_hex)

        for index in (index_of(temple), index_of(listed)):
            assert [match.distance for match in checked(listed, index).duplicates] == [0]
            assert [match.distance for match in checked(temple, index).duplicates] == [0]

    def test_the_nearest_is_named_first(self, temple):
        index = index_of(turned_bits(temple, 1, 6), temple, turned_bits(temple, 2, 3))

        assert [same.image_id for same in checked(temple, index).duplicates] == [2, 3, 1]

    def test_drawings_have_to_be_nearer(self, temple):
        drawing = replace(temple, graphic=True)
        index = index_of(turned_bits(drawing, 1, 4), turned_bits(drawing, 2, 5))

        assert [same.image_id for same in checked(drawing, index).duplicates] == [1]

    def test_other_accounts_are_not_looked_at(self, temple):
        assert checked(temple, index_of(temple, library_id=FOREIGN_LIBRARY)).duplicates == ()


class TestCrowdedLibraries:
    def test_many_images_like_it_in_another_library_are_told(self, temple):
        alike = [turned_bits(temple, seed, 60) for seed in range(4)]

        check = checked(temple, index_of(*alike, library_id=OTHER_LIBRARY))

        assert check.crowded == (CrowdedLibrary(OTHER_LIBRARY, 4),)

    @pytest.mark.parametrize(
        ("count", "library_id", "bits"),
        [
            (3, OTHER_LIBRARY, 60),
            (4, LIBRARY, 60),
            (4, FOREIGN_LIBRARY, 60),
            (4, OTHER_LIBRARY, 65),
        ],
    )
    def test_few_or_distant_ones_and_other_libraries_are_not(self, temple, count, library_id, bits):
        alike = [turned_bits(temple, seed, bits) for seed in range(count)]

        assert checked(temple, index_of(*alike, library_id=library_id)).crowded == ()
