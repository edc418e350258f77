"""What a loaded picture says of itself; formats and attacks stand in the files beside."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from moderation.detection import Box
from moderation.errors import FormatNotSupported, ImageTooLarge
from moderation.image import WORKING_SIDE_PX, ImageLimits, load_image
from tests import pictures

ORIENTATION = 0x0112


class TestLoadedImage:
    def test_it_knows_its_file(self):
        content = pictures.cat()

        image = load_image(content, ImageLimits())

        assert (image.format, image.width, image.height) == ("JPEG", 451, 300)
        assert image.size_bytes == len(content)
        assert image.sha256 == hashlib.sha256(content).hexdigest()

    def test_a_picture_of_working_size_keeps_its_pixels(self):
        photo = pictures.photo("coffee")

        image = load_image(pictures.png(photo), ImageLimits())

        assert np.array_equal(image.pixels, np.asarray(photo))
        assert image.scale == 1

    @pytest.mark.parametrize(
        ("size", "working_size"),
        [
            ((4032, 400), (2016, 200)),  # halved, which JPEG decoders do for nothing
            ((2048, 100), (2048, 100)),
            ((2500, 1000), (2048, 819)),  # half of it would be too little
            ((100, 9000), (23, 2048)),
            ((16000, 80), (2000, 10)),
        ],
    )
    @pytest.mark.parametrize("encode", [pictures.jpeg, pictures.png])
    def test_a_larger_picture_is_worked_on_at_a_smaller_size(self, size, working_size, encode):
        image = load_image(encode(pictures.photo("coffee", size)), ImageLimits())

        assert (image.width, image.height) == size
        assert image.pixels.shape == (working_size[1], working_size[0], 3)
        assert max(image.pixels.shape) <= WORKING_SIDE_PX

    def test_a_large_jpeg_and_a_large_png_give_the_same_pixels(self):
        photo = pictures.photo("coffee", (4000, 600))

        loaded = [
            load_image(content, ImageLimits()).pixels.astype(int)
            for content in (pictures.jpeg(photo, 95), pictures.png(photo))
        ]

        assert np.abs(loaded[0] - loaded[1]).mean() < 2

    def test_boxes_are_given_in_pixels_of_the_original(self):
        image = load_image(pictures.jpeg(pictures.photo("coffee", (4096, 512))), ImageLimits())

        assert image.scale == 2
        assert image.to_original(10, 20, 30, 40) == Box(20, 40, 60, 80)

    def test_boxes_are_cut_at_the_edges(self):
        image = load_image(pictures.cat(), ImageLimits())

        assert image.to_original(-5, -5, 1000, 20) == Box(0, 0, 451, 15)
        assert image.to_original(500, 400, 10, 10) == Box(451, 300, 0, 0)

    @pytest.mark.parametrize("encode", [pictures.jpeg, pictures.png])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_it_is_turned_upright(self, orientation, encode):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        content = encode(pictures.photo("cat"), exif=exif)

        image = load_image(content, ImageLimits())

        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        assert (image.width, image.height) == upright.size
        assert np.array_equal(image.pixels, np.asarray(upright))

    @pytest.mark.parametrize("orientation", [0, 9, 65535])
    def test_an_orientation_that_does_not_exist_turns_nothing(self, orientation):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation

        image = load_image(pictures.jpeg(pictures.photo("cat"), exif=exif), ImageLimits())

        assert (image.width, image.height) == (451, 300)


class TestLimits:
    def test_the_documented_limits_are_the_default(self):
        assert ImageLimits() == ImageLimits(20 * 2**20, 30_000, 250_000_000)

    def test_a_file_of_too_many_bytes_is_refused(self):
        content = pictures.cat()

        with pytest.raises(ImageTooLarge, match="smaller"):
            load_image(content, ImageLimits(max_bytes=len(content) - 1))
        assert load_image(content, ImageLimits(max_bytes=len(content))).width == 451

    @pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
    @pytest.mark.parametrize("size", [(301, 10), (10, 301)])
    def test_too_long_a_side_is_refused(self, image_format, size):
        content = pictures.encode(pictures.photo("cat", size), image_format)

        with pytest.raises(ImageTooLarge, match="301"):
            load_image(content, ImageLimits(max_side_px=300))
        assert load_image(content, ImageLimits(max_side_px=301)).format == image_format

    @pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
    def test_too_many_pixels_are_refused(self, image_format):
        content = pictures.encode(pictures.photo("cat", (100, 50)), image_format)

        with pytest.raises(ImageTooLarge, match="5,000"):
            load_image(content, ImageLimits(max_pixels=4_999))
        assert load_image(content, ImageLimits(max_pixels=5_000)).format == image_format

    def test_thirty_thousand_pixels_in_a_row_are_taken(self):
        content = pictures.png(Image.new("RGB", (30_000, 1)))

        assert load_image(content, ImageLimits()).width == 30_000

    def test_nothing_is_no_picture(self):
        with pytest.raises(FormatNotSupported, match="empty"):
            load_image(b"", ImageLimits())
