"""Shrinking pictures for the networks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from moderation.inference.resizing import resized
from tests import pictures


def rgb(name, size):
    return np.asarray(pictures.photo(name, size))


class TestResized:
    @pytest.mark.parametrize("size", [(1920, 1080), (1537, 1031), (640, 427), (300, 2000)])
    def test_hardly_differs_from_averaging_in_one_step(self, size):
        picture = rgb("temple", size)

        small = resized(picture, 260, 260).astype(int)

        expected = cv2.resize(picture, (260, 260), interpolation=cv2.INTER_AREA).astype(int)
        assert abs(small - expected).mean() < 3
        assert small.mean() == pytest.approx(expected.mean(), abs=1)

    @pytest.mark.parametrize("size", [(1, 1), (5000, 3), (260, 260), (100, 90)])
    def test_gives_the_size_that_was_asked_for(self, size):
        assert resized(rgb("coffee", size), 260, 200).shape == (200, 260, 3)

    def test_leaves_the_picture_as_it_was(self):
        picture = rgb("coffee", (600, 400)).copy()
        before = picture.copy()

        resized(picture, 260, 260)

        np.testing.assert_array_equal(picture, before)
