"""Finding faces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import pictures


class TestFaceFinder:
    def test_finds_the_face_of_a_portrait_where_it_is(self, seen):
        (face,) = seen(pictures.photo_file("astronaut")).faces

        centre = (face.box.x + face.box.w / 2, face.box.y + face.box.h / 2)
        assert centre == pytest.approx((223, 112), abs=30)
        assert 60 < face.box.w < 180
        assert face.score > 0.2

    def test_boxes_are_in_working_pixels_even_if_the_picture_is_shrunk_for_it(self, seen):
        large = pictures.jpeg(pictures.photo("astronaut", (1600, 1600)))

        (face,) = seen(large).faces

        centre = (face.box.x + face.box.w / 2, face.box.y + face.box.h / 2)
        assert centre == pytest.approx((223 * 3.125, 112 * 3.125), abs=90)

    @pytest.mark.parametrize("photo", ["cat", "coffee", "temple"])
    def test_finds_none_where_there_is_none(self, seen, photo):
        assert seen(pictures.photo_file(photo)).faces == ()

    def test_threads_may_share_it(self, seen, registry):
        rgb = seen(pictures.photo_file("astronaut")).rgb

        with ThreadPoolExecutor(3) as pool:
            found = list(pool.map(registry.networks.faces.run, [rgb] * 6))

        assert all(faces == found[0] and len(faces) == 1 for faces in found)
