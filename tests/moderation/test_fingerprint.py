"""Fingerprints: hashes that others can read, and that survive storage and edits."""

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageOps

from moderation import perceptual_hash, similarity
from moderation.fingerprint import (
    EMBEDDING_SIZE,
    FINGERPRINT_VERSION,
    Fingerprint,
    fingerprint_of,
    stored_version,
    unit_embedding,
)
from moderation.library_index import LibraryEntry, LibraryIndex
from moderation.perceptual_hash import ORIENTATIONS
from tests import pictures

# Computed once with the package pdqhash 0.2.8, which wraps Facebook's own code. Ours rounds
# elsewhere, and reduces large pictures first, so that a few bits differ.
REFERENCE_PDQ = {
    "astronaut": "2d6b1af3a956c529e79ca3d2526fa834d4196c81cedd04de0a26b855fc99b724",
    "cat": "5feb5321f01da156898e2bf629a5d3438412cdbd23f48942464526315db33ffd",
    "coffee": "8c629e779a663698b9a33866c026726c21a679f61eb6e1f8c79ba7e23c8299e0",
    "rocket": "8792786c87937064bf1bc0e43f1fc0e03f1cc2e33da4c2537cec821b2ce4f376",
    "temple": "bf18cef3407e8678e6833b1937d14066988e5cd2046eac5f783103f157abf50e",
    "flower": "673966dcb772a66499a69a666196a9476599a21b9649a659596624b3e58ea693",
}
MAX_REFERENCE_BITS = 14

TURNS = {
    "original": None,
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "flipped": Image.Transpose.FLIP_TOP_BOTTOM,
    "rotated 180": Image.Transpose.ROTATE_180,
    "transposed": Image.Transpose.TRANSPOSE,
    "rotated right": Image.Transpose.ROTATE_270,
    "rotated left": Image.Transpose.ROTATE_90,
    "transversed": Image.Transpose.TRANSVERSE,
}


def hashes_of(image):
    return perceptual_hash.pdq_orientations(perceptual_hash.luma(np.asarray(image)))


def distance(one, other):
    return int(similarity.hamming_distances(one, other[None, :])[0])


@pytest.fixture(scope="module")
def astronaut(seen):
    return fingerprint_of(seen(pictures.astronaut()))


class TestPdq:
    @pytest.mark.parametrize("name", REFERENCE_PDQ)
    def test_it_is_nearly_the_reference_hash(self, name):
        reference = np.frombuffer(bytes.fromhex(REFERENCE_PDQ[name]), np.uint8)

        assert distance(hashes_of(pictures.photo(name))[0], reference) <= MAX_REFERENCE_BITS

    @pytest.mark.parametrize("orientation", ORIENTATIONS)
    def test_each_orientation_is_the_hash_of_the_turned_picture(self, orientation):
        photo = pictures.photo("coffee")
        turn = TURNS[orientation]
        turned = photo if turn is None else photo.transpose(turn)

        row = hashes_of(photo)[ORIENTATIONS.index(orientation)]

        assert distance(row, hashes_of(turned)[0]) <= 2

    def test_different_pictures_lie_far_apart(self):
        hashes = [hashes_of(pictures.photo(name))[0] for name in ("cat", "coffee", "rocket")]

        assert min(distance(hashes[0], hashes[1]), distance(hashes[1], hashes[2])) > 90

    def test_half_of_the_bits_are_set(self):
        bits = int(np.bitwise_count(hashes_of(pictures.photo("flower"))[0]).sum())

        assert bits == 128


class TestDhash:
    @pytest.mark.parametrize("name", ["astronaut", "cat", "rocket", "flower"])
    def test_it_is_that_of_the_whole_picture(self, name):
        photo = pictures.photo(name)
        reference = np.packbits(imagehash.dhash(photo, hash_size=16).hash.ravel())

        ours = perceptual_hash.dhash(perceptual_hash.luma(np.asarray(photo)))

        assert distance(ours, reference) == 0


class TestQuality:
    def test_a_photograph_has_the_highest(self, astronaut):
        assert astronaut.quality == 100
        assert astronaut.is_matchable
        assert not astronaut.graphic

    def test_a_plain_picture_has_none(self, seen):
        plain = fingerprint_of(seen(pictures.blank()))

        assert plain.quality == 0
        assert not plain.is_matchable

    def test_a_soft_gradient_is_too_plain(self, seen):
        gradient = Image.linear_gradient("L").resize((400, 400)).convert("RGB")

        assert not fingerprint_of(seen(pictures.png(gradient))).is_matchable

    def test_a_drawing_is_graphic(self, seen):
        drawing = pictures.draw_text("Assay", "console")

        assert fingerprint_of(seen(pictures.png(drawing))).graphic

    def test_a_grey_photograph_is_not_graphic(self, seen):
        grey = ImageOps.grayscale(pictures.photo("cat")).convert("RGB")

        assert not fingerprint_of(seen(pictures.jpeg(grey))).graphic


class TestBorders:
    def test_a_picture_without_borders_has_no_trimmed_hashes(self, astronaut):
        assert astronaut.trimmed_pdq.shape == (0, 32)

    @pytest.mark.parametrize("colour", ["black", "white", "red"])
    def test_the_trimmed_hash_is_that_of_the_picture_without_them(self, seen, colour):
        photo = pictures.photo("cat")
        letterbox = ImageOps.expand(photo, (0, 70), fill=colour)

        print_ = fingerprint_of(seen(pictures.jpeg(letterbox)))

        assert distance(print_.trimmed_pdq[0], hashes_of(photo)[0]) <= 20

    def test_a_little_picture_on_a_big_page_is_not_cut_out(self, seen):
        page = Image.new("RGB", (1000, 1000), "white")
        page.paste(pictures.photo("cat", (200, 150)), (400, 400))

        assert fingerprint_of(seen(pictures.jpeg(page))).trimmed_pdq.shape == (0, 32)

    def test_a_plain_picture_has_nothing_to_trim(self):
        grey = Image.new("L", (300, 200), 255)

        assert perceptual_hash.without_borders(grey) is None


class TestEmbedding:
    def test_it_has_length_one(self, astronaut):
        assert astronaut.embedding.shape == (EMBEDDING_SIZE,)
        assert float(np.linalg.norm(astronaut.embedding)) == pytest.approx(1, abs=1e-3)

    def test_a_zero_embedding_stays_zero(self):
        assert not unit_embedding(np.zeros(EMBEDDING_SIZE, np.float32)).any()


class TestStorage:
    def test_what_is_read_is_what_was_written(self, astronaut):
        again = Fingerprint.from_bytes(astronaut.to_bytes())

        for field in ("pdq", "trimmed_pdq", "dhash", "embedding", "quality", "graphic", "version"):
            assert np.array_equal(getattr(again, field), getattr(astronaut, field)), field

    def test_trimmed_hashes_are_stored_too(self, seen):
        bordered = ImageOps.expand(pictures.photo("cat"), (0, 70))
        print_ = fingerprint_of(seen(pictures.jpeg(bordered)))

        again = Fingerprint.from_bytes(print_.to_bytes())

        assert again.trimmed_pdq.shape == (8, 32)
        assert np.array_equal(again.trimmed_pdq, print_.trimmed_pdq)

    def test_the_same_picture_has_the_same_bytes(self, seen, astronaut):
        assert fingerprint_of(seen(pictures.astronaut())).to_bytes() == astronaut.to_bytes()

    def test_the_version_can_be_read_without_the_rest(self, astronaut):
        assert stored_version(astronaut.to_bytes()) == FINGERPRINT_VERSION
        assert stored_version(b"") == 0

    @pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b[:-1], lambda b: b + b"x"])
    def test_damaged_bytes_are_refused(self, astronaut, damage):
        with pytest.raises(ValueError, match="fingerprint"):
            Fingerprint.from_bytes(damage(astronaut.to_bytes()))

    def test_another_version_is_refused(self, astronaut):
        other = (FINGERPRINT_VERSION + 1).to_bytes(2, "little") + astronaut.to_bytes()[2:]

        with pytest.raises(ValueError, match="version"):
            Fingerprint.from_bytes(other)

    def test_the_hash_can_be_exchanged_as_hex(self, astronaut):
        assert astronaut.pdq_hex == astronaut.pdq[0].tobytes().hex()
        assert len(astronaut.pdq_hex) == 64


class TestHashWithoutPicture:
    def test_it_keeps_the_hash_and_the_quality(self, astronaut):
        listed = Fingerprint.from_pdq(astronaut.pdq_hex.upper(), 90)

        assert listed.has_only_pdq
        assert (listed.pdq_hex, listed.quality, listed.graphic) == (astronaut.pdq_hex, 90, False)

    def test_it_can_be_stored(self):
        listed = Fingerprint.from_pdq(REFERENCE_PDQ["cat"], 70)

        read = Fingerprint.from_bytes(listed.to_bytes())

        assert len(listed.to_bytes()) < 50
        assert read.has_only_pdq
        assert (read.pdq_hex, read.quality, read.graphic) == (listed.pdq_hex, 70, True)

    def test_its_picture_is_recognised_turned_and_bordered_too(self, seen):
        index = LibraryIndex.build([LibraryEntry(7, 1, Fingerprint.from_pdq(REFERENCE_PDQ["cat"]))])
        cat = pictures.photo("cat")

        for edited in (cat, ImageOps.mirror(cat), ImageOps.expand(cat, (0, 60), "black")):
            (match,) = index.match(fingerprint_of(seen(pictures.jpeg(edited))), {7})
            assert (match.image_id, match.vote) == (1, "pdq")

    def test_it_can_be_looked_for_itself(self, astronaut):
        index = LibraryIndex.build([LibraryEntry(7, 1, astronaut)])

        (match,) = index.match(Fingerprint.from_pdq(astronaut.pdq_hex), {7})

        assert (match.similarity, match.variant) == (100, "original")

    @pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "g" * 64, "é" * 64, " " + "0" * 63])
    def test_what_is_no_hash_is_refused(self, text):
        with pytest.raises(ValueError, match="64 hexadecimal digits"):
            Fingerprint.from_pdq(text)

    @pytest.mark.parametrize("quality", [-1, 101])
    def test_what_is_no_quality_is_refused(self, quality):
        with pytest.raises(ValueError, match="from 0 to 100"):
            Fingerprint.from_pdq("0" * 64, quality)
