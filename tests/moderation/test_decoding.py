"""The decoders themselves, without the process around them."""

from __future__ import annotations

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from moderation.decoding import child
from moderation.decoding.limits import ImageLimits, working_size
from moderation.decoding.svg import has_view_box
from moderation.decoding.webp import header_of
from moderation.errors import FormatNotSupported, ImageTooLarge
from tests import pictures
from tests.moderation.test_image_formats import animation, icon, icon_image
from tests.moderation.test_image_svg import RECTANGLE, svg

pillow_heif.register_heif_opener()

LIMITS = ImageLimits()
COFFEE = pictures.photo("coffee")


def decode(content: bytes, image_format: str) -> np.ndarray:
    """Decode as the decoder process does; returns the pixels."""
    picture = child.decode(content, image_format, LIMITS)
    shape = (picture.working_height, picture.working_width, 3)
    return np.frombuffer(picture.pixels, np.uint8).reshape(shape)


@pytest.mark.parametrize(
    ("image_format", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("GIF", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "zstd"}),
        ("AVIF", {}),
        ("HEIF", {}),
    ],
)
class TestEachDecoder:
    def test_it_decodes(self, image_format, options):
        pixels = decode(pictures.encode(COFFEE, image_format, **options), image_format)

        assert np.abs(pixels.astype(int) - np.asarray(COFFEE)).mean() < 5

    def test_it_keeps_the_limits(self, image_format, options):
        content = pictures.encode(COFFEE, image_format, **options)

        with pytest.raises(ImageTooLarge):
            child.decode(content, image_format, ImageLimits(max_side_px=599))


class TestLargePicture:
    @pytest.mark.parametrize("transparent", [False, True])
    def test_a_palette_is_reduced_band_by_band(self, transparent):
        image = Image.new("P", (6000, 4001), 0)
        image.putpalette([255, 0, 0, 0, 0, 255])
        image.paste(1, (0, 2000, 6000, 4001))
        options = {"transparency": 1} if transparent else {}

        pixels = decode(pictures.encode(image, "GIF", **options), "GIF")

        assert pixels.shape == (1366, 2048, 3)
        assert pixels[10, 10].tolist() == [255, 0, 0]
        below = [255, 255, 255] if transparent else [0, 0, 255]
        assert pixels[-10, 10].tolist() == below


class TestRareKinds:
    @pytest.mark.parametrize("mode", ["YCbCr", "1", "L"])
    def test_tiff(self, mode):
        expected = COFFEE.convert(mode).convert("RGB")

        pixels = decode(pictures.encode(COFFEE.convert(mode), "TIFF"), "TIFF")

        assert np.abs(pixels.astype(int) - np.asarray(expected)).mean() < 5

    def test_an_animation(self):
        assert decode(animation("WEBP"), "WEBP")[20, 30, 0] > 250

    @pytest.mark.parametrize("options", [{}, {"bitmap_format": "bmp"}])
    def test_an_icon(self, options):
        content = icon([icon_image(64, "red"), icon_image(32, "blue", **options)])

        assert decode(content, "ICO")[16, 16].tolist() == [0, 0, 255]

    @pytest.mark.parametrize("attributes", ['width="60" height="40"', 'viewBox="0 0 60 40"'])
    def test_a_drawing(self, attributes):
        assert decode(svg(RECTANGLE, attributes), "SVG")[20, 30].tolist() == [255, 0, 0]


class TestAnswer:
    def test_a_picture_is_answered_with_its_sizes(self):
        answer, pixels = child._answer(pictures.encode(COFFEE, "GIF"), "GIF", LIMITS)

        assert answer == {"sizes": [600, 400, 600, 400], "orientation": 1}
        assert len(pixels) == 600 * 400 * 3

    def test_a_limit_is_answered_with_its_text(self):
        content = pictures.encode(COFFEE, "GIF")

        answer, pixels = child._answer(content, "GIF", ImageLimits(max_side_px=10))

        assert answer["error"] == "ImageTooLarge"
        assert "600 x 400" in answer["text"]
        assert not pixels

    def test_a_damaged_file_is_answered_without_details(self):
        assert child._answer(b"GIF89a", "GIF", LIMITS) == ({"error": "damaged"}, b"")

    @pytest.mark.parametrize(
        "error",
        [MemoryError(), OSError("cannot load: Out of memory"), RuntimeError("out of memory")],
    )
    def test_a_lack_of_memory_is_told_from_damage(self, error, monkeypatch):
        def fail(*_):
            raise error

        monkeypatch.setattr(child, "decode", fail)

        assert child._answer(b"", "GIF", LIMITS) == ({"error": "MemoryError"}, b"")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1, 1), (1, 1)),
        ((2048, 2048), (2048, 2048)),
        ((2049, 1), (2048, 1)),
        ((3072, 1000), (1536, 500)),
        ((4033, 3025), (2017, 1513)),
        ((30_000, 1), (1875, 1)),
    ],
)
def test_the_working_size_is_halved_where_that_leaves_enough(size, expected):
    assert working_size(*size) == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('viewBox="0 0 60 40"', True),
        ("viewBox='-1.5e1,0,60, 40'", True),
        ('viewBox="0 0 60"', False),
        ('viewBox="none"', False),
        ('data-viewBox="0 0 60 40"', False),
        ("", False),
    ],
)
def test_a_view_box_is_found(attributes, expected):
    assert has_view_box(svg(RECTANGLE, attributes)) is expected


def test_what_is_no_xml_has_no_view_box():
    assert not has_view_box(b"viewBox='0 0 60 40'")


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"x"}], ids=str)
def test_the_size_of_a_webp_is_in_its_header(options):
    header = header_of(pictures.encode(COFFEE, "WEBP", **options))

    assert header == (600, 400, False)


def test_a_webp_of_several_frames_says_so():
    assert header_of(animation("WEBP")) == (60, 40, True)


def test_an_unknown_webp_is_refused():
    with pytest.raises(FormatNotSupported):
        header_of(b"RIFF\0\0\0\0WEBPVP9 " + bytes(20))
