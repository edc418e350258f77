"""Pictures as the pages show them."""

import io

import numpy as np
import pytest
from PIL import Image

from moderation.image import ImageLimits, load_image
from moderation.renditions import (
    MAX_THUMBNAIL_BYTES,
    PREVIEW_SIDE_PX,
    SAMPLE_PREVIEW_SIDE_PX,
    SAMPLE_THUMBNAIL_SIDE_PX,
    THUMBNAIL_SIDE_PX,
    render,
    render_sample,
)
from tests import pictures

FIELD_LEVELS = 9  # of 255; JPEG alone takes some


def load(content: bytes):
    return load_image(content, ImageLimits())


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def noise(side_px: int) -> bytes:
    """Return a picture that compresses worse than any photograph."""
    pixels = np.random.default_rng(5).integers(0, 256, (side_px, side_px, 3), np.uint8)
    return pictures.png(Image.fromarray(pixels))


class TestRenditions:
    def test_a_result_is_shown_small_and_large(self):
        large = pictures.jpeg(pictures.photo("temple", (2000, 1000)))

        renditions = render(load(large))

        assert opened(renditions.thumbnail).size == (THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX // 2)
        assert opened(renditions.preview).size == (PREVIEW_SIDE_PX, PREVIEW_SIDE_PX // 2)

    def test_a_library_image_is_kept_smaller(self):
        renditions = render_sample(load(pictures.temple()))

        assert opened(renditions.thumbnail).format == "WEBP"
        assert max(opened(renditions.thumbnail).size) == SAMPLE_THUMBNAIL_SIDE_PX
        assert opened(renditions.preview).format == "JPEG"
        assert max(opened(renditions.preview).size) == SAMPLE_PREVIEW_SIDE_PX

    def test_thumbnails_stay_small_whatever_the_picture(self):
        image = load(noise(600))

        assert len(render(image).thumbnail) <= MAX_THUMBNAIL_BYTES
        assert len(render_sample(image).thumbnail) <= MAX_THUMBNAIL_BYTES

    def test_small_pictures_are_not_enlarged(self):
        renditions = render_sample(load(pictures.jpeg(pictures.photo("cat", (40, 30)))))

        assert opened(renditions.preview).size == (40, 30)

    @pytest.mark.parametrize("size", [(2000, 1125), (1411, 1411), (1023, 769), (640, 427)])
    def test_each_field_of_a_reduced_picture_keeps_its_mean_colour(self, size):
        image = load(pictures.png(pictures.photo("temple", size)))

        shown = opened(render_sample(image).preview).convert("RGB")

        means = [
            np.asarray(picture.resize((32, 32), Image.Resampling.BOX), float)
            for picture in (shown, Image.fromarray(image.pixels))
        ]
        assert np.abs(means[0] - means[1]).max() < FIELD_LEVELS

    def test_a_line_is_reduced_too(self):
        renditions = render_sample(load(pictures.png(Image.new("RGB", (2000, 1)))))

        assert opened(renditions.preview).size == (SAMPLE_PREVIEW_SIDE_PX, 1)

    def test_the_colours_are_kept(self):
        image = load(pictures.png(Image.new("RGB", (64, 64), (200, 40, 10))))

        red, green, blue = opened(render(image).preview).convert("RGB").getpixel((32, 32))

        assert abs(red - 200) < 8
        assert abs(green - 40) < 8
        assert abs(blue - 10) < 8
