"""Parts of samples, found in pictures by corners that lie in the same way."""

from functools import partial

import numpy as np
import pytest
from PIL import Image, ImageOps

from moderation.fingerprint import fingerprint_of
from moderation.keywords import KeywordIndex
from moderation.library_index import LibraryEntry, LibraryIndex
from moderation.local_features import (
    FEATURES_VERSION,
    CloserLook,
    LocalFeatures,
    local_features,
    stored_version,
)
from moderation.moderator import Moderator
from moderation.ruleset import LabelPolicy, Ruleset
from tests import pictures

DEEP, PLAIN = 7, 8
STORED = ("astronaut", "cat", "coffee", "temple")
STRANGERS = ("flower", "galaxies", "motorcycle", "rocket", "page", "coins", "retina")


def middle(image, share):
    """Cut out the middle: that share of either side."""
    across, down = image.width * (1 - share) / 2, image.height * (1 - share) / 2
    return image.crop((int(across), int(down), int(image.width - across), int(image.height - down)))


def in_a_page(image):
    page = Image.new("RGB", (480, 800), "#f5f5f5")
    page.paste(pictures.draw_text("someone", "1,024 likes", size=(480, 200)), (0, 0))
    page.paste(image.resize((480, image.height * 480 // image.width)), (0, 200))
    return page


EDITS = {
    "turned by 45 degrees": lambda image: image.rotate(45, expand=True),
    "two thirds of either side": lambda image: middle(image, 0.66),
    "in a page": in_a_page,
    "upside down and cut": lambda image: middle(image.transpose(Image.Transpose.ROTATE_180), 0.8),
}


def rgb(image):
    return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="module")
def fingerprint(seen):
    return lambda image: fingerprint_of(seen(pictures.jpeg(image)))


@pytest.fixture(scope="module")
def entries(fingerprint):
    """The stored pictures, in one library with features and in one without."""
    stored = []
    for number, name in enumerate(STORED):
        photo = pictures.photo(name)
        print_, features = fingerprint(photo), local_features(rgb(photo))
        stored.append(LibraryEntry(DEEP, number, print_, features))
        stored.append(LibraryEntry(PLAIN, 100 + number, print_))
    return stored


@pytest.fixture(scope="module")
def index(entries):
    return LibraryIndex.build(entries)


@pytest.fixture(scope="module")
def parts(fingerprint):
    """Return a function that gives the matches of a picture that is looked at closely."""

    def found(index, image, *library_ids):
        return index.match(fingerprint(image), set(library_ids), CloserLook(rgb(image)))

    return found


@pytest.fixture(scope="module")
def moderate(registry, index):
    return partial(Moderator(registry).moderate, images=index, keywords=KeywordIndex.empty())


class TestParts:
    @pytest.mark.parametrize("edit", EDITS)
    @pytest.mark.parametrize("name", STORED)
    def test_they_are_found_in_a_library_with_features(self, index, parts, name, edit):
        matches = parts(index, EDITS[edit](pictures.photo(name)), DEEP)

        assert [match.image_id for match in matches] == [STORED.index(name)]

    @pytest.mark.parametrize(("mirror", "variant"), [(False, "part"), (True, "part, mirrored")])
    def test_a_match_says_that_it_is_a_part(self, index, parts, mirror, variant):
        part = in_a_page(pictures.photo("coffee"))

        (match,) = parts(index, ImageOps.mirror(part) if mirror else part, DEEP)

        assert (match.library_id, match.vote, match.variant) == (DEEP, "geometry", variant)
        assert 80 <= match.similarity < 100
        assert 0 < match.distance <= 0.4

    @pytest.mark.parametrize("edit", ["two thirds of either side", "in a page"])
    @pytest.mark.parametrize("name", STRANGERS)
    def test_a_stranger_is_not(self, index, parts, name, edit):
        assert parts(index, EDITS[edit](pictures.photo(name)), DEEP, PLAIN) == ()

    def test_a_library_without_features_finds_none(self, index, parts):
        assert parts(index, in_a_page(pictures.photo("cat")), PLAIN) == ()

    def test_without_a_closer_look_none_is_found(self, index, fingerprint):
        assert index.match(fingerprint(in_a_page(pictures.photo("cat"))), {DEEP, PLAIN}) == ()

    def test_a_whole_picture_needs_no_closer_look(self, index, fingerprint):
        look = CloserLook(rgb(pictures.photo("cat")))

        (match,) = index.match(fingerprint(pictures.photo("cat")), {DEEP}, look)

        assert match.vote == "pdq"
        assert "views" not in vars(look)

    def test_a_picture_without_corners_has_no_parts(self, index, fingerprint):
        plain = CloserLook(np.full((200, 300, 3), 128, np.uint8))

        assert index.match(fingerprint(in_a_page(pictures.photo("cat"))), {DEEP}, plain) == ()


class TestChanges:
    def test_a_library_may_get_features_later_and_lose_them(self, entries, parts):
        part = in_a_page(pictures.photo("cat"))
        deep = [entry for entry in entries if entry.library_id == DEEP]
        shallow = [LibraryEntry(DEEP, entry.image_id, entry.fingerprint) for entry in deep]
        index = LibraryIndex.build(shallow)

        with_features = index.changed(deep, set())
        without = with_features.changed(shallow, set())

        found = [len(parts(one, part, DEEP)) for one in (index, with_features, without)]
        assert found == [0, 1, 0]

    def test_features_are_kept_when_blocks_are_merged(self, index, parts):
        folded = index.changed([], {0, 102}).folded()

        assert [match.image_id for match in parts(folded, in_a_page(pictures.photo("cat")), DEEP)]
        assert not parts(folded, in_a_page(pictures.photo("astronaut")), DEEP)

    def test_features_of_another_version_are_left_aside(self, entries, parts):
        later = [
            LibraryEntry(DEEP, entry.image_id, entry.fingerprint, b"\xff" + entry.features[1:])
            for entry in entries
        ]

        assert parts(LibraryIndex.build(later), in_a_page(pictures.photo("cat")), DEEP) == ()


class TestStorage:
    def test_what_is_read_is_what_was_written(self):
        content = local_features(rgb(pictures.photo("coffee")))

        features = LocalFeatures.from_bytes(content)

        assert features.to_bytes() == content
        assert stored_version(content) == FEATURES_VERSION
        assert features.points.shape == (60, 2)
        assert features.thumbnail.shape == (64, 96)
        assert len(content) < 6000

    def test_a_plain_picture_has_no_features(self):
        features = LocalFeatures.from_bytes(local_features(np.full((200, 300, 3), 128, np.uint8)))

        assert (len(features.points), len(features.descriptors)) == (0, 0)

    @pytest.mark.parametrize("content", [b"", b"\x01", b"\x01\x05abc", b"\x02\x00abc"])
    def test_damaged_bytes_are_refused(self, content):
        with pytest.raises(ValueError, match="not local features"):
            LocalFeatures.from_bytes(content)

    @pytest.mark.parametrize("size", [(1, 1), (2000, 3), (3, 2000)])
    def test_pictures_of_any_shape_have_features(self, size):
        assert LocalFeatures.from_bytes(local_features(np.zeros((*size, 3), np.uint8)))


class TestModeration:
    def test_a_part_of_a_linked_image_is_a_hit(self, moderate):
        linked = LabelPolicy("violence_explosion", image_library_id=DEEP)

        moderation = moderate(
            pictures.jpeg(in_a_page(pictures.photo("coffee"))), Ruleset("check", 1, (linked,))
        )

        assert [match.vote for match in moderation.findings.image_matches] == ["geometry"]
        assert "violence_explosion_lib" in [label.label for label in moderation.verdict.labels]

    def test_a_part_of_an_exempt_image_exempts_nothing(self, moderate):
        exempting = Ruleset("check", 1, (), exempt_library_ids=frozenset({DEEP}))

        whole, part = (
            moderate(pictures.jpeg(image), exempting).findings.image_matches
            for image in (pictures.photo("coffee"), in_a_page(pictures.photo("coffee")))
        )

        assert [match.vote for match in whole] == ["pdq"]
        assert part == ()
