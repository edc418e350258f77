"""Which library images a picture matches: edits of it, and nothing else."""

import random
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from moderation.fingerprint import EMBEDDING_SIZE, fingerprint_of
from moderation.library_index import LibraryEntry, LibraryIndex
from moderation.similarity import (
    dhash_similarity,
    embedding_similarity,
    hamming_distances,
    pdq_similarity,
)
from tests import pictures

LIBRARY, OTHER_LIBRARY = 7, 8
STORED = ("astronaut", "cat", "coffee", "temple")
STRANGERS = ("flower", "galaxies", "motorcycle", "rocket", "page")


def cropped(image, share):
    width, height = image.size
    left, top = int(width * share / 2), int(height * share / 2)
    return image.crop((left, top, width - left, height - top))


def with_sticker(image):
    edited = image.copy()
    ImageDraw.Draw(edited).ellipse((20, 20, 20 + edited.width // 4, 20 + edited.width // 4), "red")
    return edited


EDITS = {
    "the same": lambda image: image,
    "half as large": lambda image: image.resize((image.width // 2, image.height // 2)),
    "squashed": lambda image: image.resize((image.width, image.height * 7 // 10)),
    "grey": lambda image: ImageOps.grayscale(image).convert("RGB"),
    "lighter": lambda image: ImageEnhance.Brightness(image).enhance(1.3),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "mirrored": ImageOps.mirror,
    "turned left": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "turned right": lambda image: image.transpose(Image.Transpose.ROTATE_270),
    "upside down": lambda image: image.transpose(Image.Transpose.ROTATE_180),
    "tilted": lambda image: image.rotate(8),
    "cropped by a tenth": lambda image: cropped(image, 0.10),
    "cropped by a quarter": lambda image: cropped(image, 0.25),
    "mirrored and cropped": lambda image: cropped(ImageOps.mirror(image), 0.15),
    "with text": lambda image: pictures.draw_text("BUY NOW", "CHEAP", on=image),
    "with a sticker": with_sticker,
    "with a border": lambda image: ImageOps.expand(image, 40, "white"),
    "in a letterbox": lambda image: ImageOps.expand(image, (0, 100), "black"),
}


def index_of(fingerprints, library_id=LIBRARY):
    return LibraryIndex.build(
        LibraryEntry(library_id, image_id, fingerprint)
        for image_id, fingerprint in enumerate(fingerprints)
    )


@pytest.fixture(scope="module")
def fingerprint(seen):
    """Return a function that takes the fingerprint of a picture after a round of JPEG."""
    return lambda image, quality=85: fingerprint_of(seen(pictures.jpeg(image, quality)))


@pytest.fixture(scope="module")
def stored(seen):
    return [fingerprint_of(seen(pictures.photo_file(name))) for name in STORED]


@pytest.fixture(scope="module")
def index(stored):
    return index_of(stored)


class TestEdits:
    @pytest.mark.parametrize("edit", EDITS)
    def test_every_stored_picture_is_recognised(self, index, fingerprint, edit):
        matches = {
            name: index.match(fingerprint(EDITS[edit](pictures.photo(name))), {LIBRARY})
            for name in STORED
        }

        assert {name: match[0].image_id for name, match in matches.items() if match} == {
            name: number for number, name in enumerate(STORED)
        }

    @pytest.mark.parametrize("name", STORED)
    def test_heavy_recompression_is_recognised(self, index, fingerprint, name):
        (match,) = index.match(fingerprint(pictures.photo(name), 20), {LIBRARY})

        assert match.image_id == STORED.index(name)

    @pytest.mark.parametrize("name", STRANGERS)
    def test_a_stranger_is_not_recognised(self, index, fingerprint, name):
        assert index.match(fingerprint(pictures.photo(name)), {LIBRARY}) == ()

    @pytest.mark.parametrize(
        ("edit", "vote", "variant"),
        [
            ("mirrored", "pdq", "mirrored"),
            ("turned left", "pdq", "rotated right"),
            ("turned right", "pdq", "rotated left"),
            ("upside down", "pdq", "rotated 180"),
            ("with a border", "pdq", "trimmed"),
            ("with a sticker", "dhash", "original"),
            ("tilted", "embedding", "original"),
        ],
    )
    def test_a_match_says_what_recognised_it(self, index, fingerprint, edit, vote, variant):
        (match,) = index.match(fingerprint(EDITS[edit](pictures.photo("coffee"))), {LIBRARY})

        assert (match.vote, match.variant) == (vote, variant)

    def test_a_stored_picture_with_a_border_is_found_without_it(self, fingerprint):
        photo = pictures.photo("temple")
        bordered = index_of([fingerprint(ImageOps.expand(photo, (0, 100), "black"))])

        (match,) = bordered.match(fingerprint(photo), {LIBRARY})

        assert match.vote == "pdq"


class TestVotes:
    def test_the_same_picture_has_similarity_100(self, index, stored):
        (match,) = index.match(stored[2], {LIBRARY})

        assert (match.image_id, match.similarity, match.distance) == (2, 100, 0)
        assert (match.library_id, match.variant) == (LIBRARY, "original")

    @pytest.mark.parametrize(("bits", "matches"), [(64, True), (65, False)])
    def test_pdq_matches_up_to_its_limit(self, stored, bits, matches):
        query = replace(without_other_votes(stored[0]), pdq=flipped_bits(stored[0].pdq, bits))

        found = index_of(stored[:1]).match(query, {LIBRARY})

        assert [(match.vote, match.distance) for match in found] == [("pdq", bits)] * matches

    @pytest.mark.parametrize(("bits", "matches"), [(40, True), (41, False)])
    def test_dhash_matches_up_to_its_limit(self, stored, bits, matches):
        query = replace(
            without_other_votes(stored[0]), dhash=flipped_bits(stored[0].dhash[None], bits)[0]
        )

        found = index_of(stored[:1]).match(query, {LIBRARY})

        assert [(match.vote, match.distance) for match in found] == [("dhash", bits)] * matches

    @pytest.mark.parametrize(("cosine", "matches"), [(0.81, True), (0.79, False)])
    def test_the_embedding_matches_from_its_cosine_on(self, stored, cosine, matches):
        embedding = stored[0].embedding
        across = np.roll(embedding, 1) - embedding * float(np.roll(embedding, 1) @ embedding)
        across /= np.linalg.norm(across)
        turned = (cosine * embedding + np.sqrt(1 - cosine**2) * across).astype(np.float32)
        query = replace(without_other_votes(stored[0]), embedding=turned)

        found = index_of(stored[:1]).match(query, {LIBRARY})

        assert [match.vote for match in found] == ["embedding"] * matches


def without_other_votes(fingerprint):
    """Return a copy that matches nothing until one of its parts is put back."""
    return replace(
        fingerprint,
        pdq=~fingerprint.pdq,
        dhash=~fingerprint.dhash,
        embedding=-fingerprint.embedding,
        trimmed_pdq=fingerprint.trimmed_pdq[:0],
    )


def flipped_bits(rows, bits):
    """Return the rows with some bits of the first turned over and all of the others."""
    edited = ~rows
    unpacked = np.unpackbits(rows[0])
    unpacked[random.Random(3).sample(range(256), bits)] ^= 1
    edited[0] = np.packbits(unpacked)
    return edited


class TestPlainAndDrawnPictures:
    def test_a_plain_picture_matches_nothing(self, seen):
        plain = fingerprint_of(seen(pictures.blank()))

        assert len(index_of([plain])) == 0
        assert index_of([plain]).match(plain, {LIBRARY}) == ()

    def test_a_plain_picture_is_not_matched_with_a_stored_one(self, index, stored):
        assert index.match(replace(stored[0], quality=49), {LIBRARY}) == ()

    def test_a_drawing_is_found_again(self, fingerprint):
        drawing = pictures.qr_code("https://example.com/one")

        found = index_of([fingerprint(drawing)]).match(fingerprint(drawing, 40), {LIBRARY})

        assert [match.vote for match in found] == ["pdq"]

    @pytest.mark.parametrize("other", ["https://example.com/two", "https://example.com/on"])
    def test_another_drawing_of_its_kind_is_not(self, fingerprint, other):
        stored = fingerprint(pictures.qr_code("https://example.com/one"))

        assert index_of([stored]).match(fingerprint(pictures.qr_code(other)), {LIBRARY}) == ()

    def test_two_pages_of_text_are_different(self, fingerprint):
        one = fingerprint(pictures.draw_text("alpha bravo charlie", "delta echo", "foxtrot golf"))
        two = fingerprint(pictures.draw_text("hotel india juliet", "kilo lima", "mike november"))

        assert index_of([one]).match(two, {LIBRARY}) == ()

    @pytest.mark.parametrize(("bits", "matches"), [(31, True), (32, False)])
    def test_a_drawing_needs_a_closer_hash(self, stored, bits, matches):
        query = replace(without_other_votes(stored[0]), pdq=flipped_bits(stored[0].pdq, bits))

        found = index_of([replace(stored[0], graphic=True)]).match(query, {LIBRARY})

        assert len(found) == matches


class TestLibraries:
    def test_each_library_answers_with_its_best_image(self, stored, fingerprint):
        edited = fingerprint(cropped(pictures.photo("astronaut"), 0.1))
        index = LibraryIndex.build(
            [
                LibraryEntry(LIBRARY, 1, stored[0]),
                LibraryEntry(LIBRARY, 2, edited),
                LibraryEntry(OTHER_LIBRARY, 3, edited),
            ]
        )

        found = index.match(stored[0], {LIBRARY, OTHER_LIBRARY})

        assert [(match.library_id, match.image_id) for match in found] == [
            (LIBRARY, 1),
            (OTHER_LIBRARY, 3),
        ]

    def test_libraries_that_were_not_asked_for_are_left_out(self, index, stored):
        assert index.match(stored[0], {OTHER_LIBRARY}) == ()
        assert index.match(stored[0], set()) == ()

    def test_of_equal_images_the_first_is_named(self, stored):
        index = LibraryIndex.build([LibraryEntry(LIBRARY, image, stored[0]) for image in (5, 3, 4)])

        (match,) = index.match(stored[0], {LIBRARY})

        assert match.image_id == 3

    @pytest.mark.parametrize("count", [0, 1, 2])
    def test_small_libraries_work(self, stored, count):
        index = index_of(stored[:count])

        assert len(index) == count
        assert len(index.match(stored[0], {LIBRARY})) == min(count, 1)

    def test_an_empty_index_matches_nothing(self, stored):
        assert LibraryIndex.empty().match(stored[0], {LIBRARY}) == ()


class TestExactness:
    def test_the_best_match_is_that_of_comparing_with_every_image(self, stored):
        random_numbers = np.random.default_rng(11)
        prints = [scattered(stored[0], random_numbers) for _ in range(100)]
        index = index_of(prints)

        for query in (scattered(stored[0], random_numbers) for _ in range(12)):
            found = index.match(query, {LIBRARY})

            expected = max(best_by_hand(query, print_) for print_ in prints)
            assert [match.similarity for match in found] == (
                [pytest.approx(expected, abs=0.02)] if expected >= 80 else []
            )


def scattered(fingerprint, random_numbers):
    """Return a fingerprint near the given one, so that some pairs match and some do not."""

    def changed(rows, share):
        bits = np.unpackbits(rows, axis=-1)
        return np.packbits(bits ^ (random_numbers.random(bits.shape) < share), axis=-1)

    noise = random_numbers.normal(size=EMBEDDING_SIZE) * random_numbers.uniform(0.01, 0.04)
    embedding = fingerprint.embedding + noise.astype(np.float32)
    return replace(
        fingerprint,
        pdq=changed(fingerprint.pdq, random_numbers.uniform(0.05, 0.3)),
        dhash=changed(fingerprint.dhash, random_numbers.uniform(0.05, 0.3)),
        embedding=(embedding / np.linalg.norm(embedding)).astype(np.float32),
    )


def best_by_hand(query, stored):
    pdq = min(int(hamming_distances(row, stored.pdq[:1])[0]) for row in query.pdq)
    dhash = int(hamming_distances(query.dhash, stored.dhash[None])[0])
    cosine = float(query.embedding @ stored.embedding)
    return max(pdq_similarity(pdq), dhash_similarity(dhash), embedding_similarity(1 - cosine))
