"""Every accepted format, in its usual and unusual kinds."""

from __future__ import annotations

import struct

import numpy as np
import pillow_heif
import pytest
import pyvips
from PIL import Image, ImageCms

from moderation.errors import FormatNotSupported, ImageTooLarge
from moderation.image import ImageLimits, load_image
from tests import pictures

pillow_heif.register_heif_opener()

COFFEE = pictures.photo("coffee")
RASTER_FORMATS = ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "AVIF", "HEIF", "GIF"]
LOSSY = 5.0  # mean difference that compression may cause, of 255


def load(content: bytes):
    return load_image(content, ImageLimits())


def difference(content: bytes, expected: Image.Image) -> float:
    """Return the mean difference between a loaded picture and what it shows."""
    pixels = load(content).pixels.astype(int)
    return float(np.abs(pixels - np.asarray(expected.convert("RGB")).astype(int)).mean())


def colour(content: bytes) -> tuple[int, int, int]:
    """Return the mean colour of a picture."""
    red, green, blue = load(content).pixels.mean((0, 1)).round().astype(int).tolist()
    return red, green, blue


@pytest.mark.parametrize("image_format", RASTER_FORMATS)
class TestEachFormat:
    def test_it_is_recognised_and_decoded(self, image_format):
        content = pictures.encode(COFFEE, image_format)

        image = load(content)

        assert (image.format, image.width, image.height) == (image_format, 600, 400)
        assert difference(content, COFFEE) < LOSSY

    def test_it_is_shrunk_to_the_working_size(self, image_format):
        large = pictures.photo("coffee", (2560, 200))

        image = load(pictures.encode(large, image_format))

        assert (image.width, image.height) == (2560, 200)
        assert image.pixels.shape == (160, 2048, 3)
        smaller = np.asarray(large.resize((2048, 160), Image.Resampling.BOX)).astype(int)
        assert np.abs(image.pixels - smaller).mean() < 2 * LOSSY

    def test_the_first_half_of_it_is_refused(self, image_format):
        content = pictures.encode(COFFEE, image_format)

        with pytest.raises(FormatNotSupported, match="save"):
            load(content[: len(content) // 2])


@pytest.mark.parametrize("image_format", ["WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", [2, 3, 5, 6, 8])
def test_other_formats_are_turned_upright_too(image_format, orientation):
    turned = load(pictures.encode(COFFEE, image_format, exif=exif_of(orientation)))
    as_jpeg = load(pictures.jpeg(COFFEE, exif=exif_of(orientation)))

    assert turned.pixels.shape == as_jpeg.pixels.shape
    assert np.abs(turned.pixels.astype(int) - as_jpeg.pixels).mean() < LOSSY


class TestJpeg:
    @pytest.mark.parametrize(
        "options",
        [{"progressive": True}, {"subsampling": 0}, {"keep_rgb": True}, {"quality": 20}],
        ids=str,
    )
    def test_its_kinds(self, options):
        assert difference(pictures.encode(COFFEE, "JPEG", **options), COFFEE) < 2 * LOSSY

    @pytest.mark.parametrize("mode", ["CMYK", "L"])
    def test_its_colours(self, mode):
        converted = COFFEE.convert(mode)

        assert difference(pictures.jpeg(converted, 95), converted.convert("RGB")) < LOSSY

    def test_what_follows_the_picture_does_not_matter(self):
        assert load(pictures.cat() + b"PK\3\4<html>").width == 451


class TestPng:
    @pytest.mark.parametrize("mode", ["1", "L", "P"])
    def test_its_colours(self, mode):
        converted = COFFEE.convert(mode)

        assert difference(pictures.png(converted), converted) == 0

    def test_sixteen_bits_of_grey(self):
        grey = COFFEE.convert("L")
        content = pictures.png(Image.fromarray(np.asarray(grey).astype(np.uint16) * 257))

        assert difference(content, grey) == 0

    def test_sixteen_bits_of_colour(self):
        content = sixteen_bits(COFFEE).pngsave_buffer(bitdepth=16)

        assert difference(content, COFFEE) <= 1

    def test_an_animation_shows_its_first_frame(self):
        assert colour(animation("PNG")) == (255, 0, 0)


class TestTransparency:
    @pytest.mark.parametrize("image_format", ["PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
    def test_what_is_transparent_becomes_white(self, image_format):
        faded, on_white = fading(COFFEE)

        assert difference(pictures.encode(faded, image_format), on_white) < LOSSY

    @pytest.mark.parametrize("mode", ["LA", "P"])
    def test_also_in_rare_kinds_of_png(self, mode):
        faded, on_white = fading(COFFEE.convert("L").convert("RGB"))
        converted = faded.convert("LA") if mode == "LA" else faded.quantize(256)

        assert difference(pictures.png(converted), on_white) < 2 * LOSSY

    @pytest.mark.parametrize("image_format", ["PNG", "GIF"])
    def test_also_if_one_colour_is_transparent(self, image_format):
        one_colour = Image.new("P", (50, 50), 0)

        content = pictures.encode(one_colour, image_format, transparency=0)

        assert colour(content) == (255, 255, 255)

    def test_also_if_one_rgb_colour_is(self):
        content = pictures.png(Image.new("RGB", (50, 50), (1, 2, 3)), transparency=(1, 2, 3))

        assert colour(content) == (255, 255, 255)


class TestTiff:
    @pytest.mark.parametrize("mode", ["1", "L", "P", "YCbCr"])
    def test_its_colours(self, mode):
        converted = COFFEE.convert(mode)

        assert difference(pictures.encode(converted, "TIFF"), converted.convert("RGB")) < LOSSY

    def test_cmyk_keeps_the_look(self):
        content = pictures.encode(COFFEE.convert("CMYK"), "TIFF")

        assert difference(content, COFFEE) < 25  # printed colours are paler

    def test_cielab_as_libvips_writes_it(self):
        content = vips_image(COFFEE).colourspace("lab").tiffsave_buffer()

        assert difference(content, COFFEE) < LOSSY

    def test_cielab_with_eight_bits(self):
        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        converted = ImageCms.profileToProfile(COFFEE, srgb, lab, outputMode="LAB")

        assert difference(pictures.encode(converted, "TIFF"), COFFEE) < LOSSY

    def test_sixteen_bits(self):
        assert difference(sixteen_bits(COFFEE).tiffsave_buffer(), COFFEE) <= 1

    @pytest.mark.parametrize(
        "compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "lzma"]
    )
    def test_its_compressions(self, compression):
        content = pictures.encode(COFFEE, "TIFF", compression=compression)

        assert difference(content, COFFEE) < 2 * LOSSY

    def test_a_fax_is_read(self):
        page = COFFEE.convert("1")

        assert difference(pictures.encode(page, "TIFF", compression="group4"), page) == 0

    def test_of_several_pages_the_first_is_taken(self):
        assert colour(animation("TIFF")) == (255, 0, 0)


class TestGif:
    def test_an_animation_shows_its_first_frame(self):
        assert colour(animation("GIF")) == (255, 0, 0)

    def test_a_frame_smaller_than_its_canvas_lies_on_white(self):
        gif = pictures.encode(Image.new("P", (40, 40), 0), "GIF", transparency=255)

        image = load(gif[:6] + struct.pack("<HH", 80, 40) + gif[10:])

        assert (image.width, image.height) == (80, 40)


@pytest.mark.parametrize("image_format", ["WEBP", "AVIF", "HEIF"])
def test_of_several_frames_the_first_is_taken(image_format):
    red, green, blue = colour(animation(image_format))

    assert red > 250
    assert max(green, blue) < 5


class TestBmp:
    @pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
    def test_its_colours(self, mode):
        converted = COFFEE.convert(mode)

        assert difference(pictures.encode(converted, "BMP"), converted) == 0


class TestIco:
    def test_the_last_image_is_taken_whatever_its_size(self):
        images = [
            icon_image(side, name) for side, name in ((16, "red"), (64, "lime"), (32, "blue"))
        ]

        image = load(icon(images))

        assert (image.format, image.width, image.height) == ("ICO", 32, 32)
        assert image.pixels.mean((0, 1)).tolist() == [0, 0, 255]

    def test_an_image_in_the_old_form_is_taken(self):
        images = [icon_image(16, "red"), icon_image(32, "blue", bitmap_format="bmp")]

        assert colour(icon(images)) == (0, 0, 255)

    def test_its_last_image_counts_whatever_the_directory_says_of_its_size(self):
        _, content = icon_image(32, "blue")

        assert load(icon([(16, content)])).width == 32

    @pytest.mark.parametrize(
        "content",
        [
            b"\0\0\x01\0\0\0",
            b"\0\0\x01\0\xff\xff" + bytes(100),
            b"\0\0\x01\0\x01\0" + struct.pack("<4B2H2I", 16, 16, 0, 0, 1, 32, 1000, 22),
            b"\0\0\x01\0\x01\0" + struct.pack("<4B2H2I", 16, 16, 0, 0, 1, 32, 0, 22),
        ],
        ids=["no images", "fewer than announced", "outside the file", "empty"],
    )
    def test_a_directory_that_lies_is_refused(self, content):
        with pytest.raises(FormatNotSupported):
            load(content)


class TestHeif:
    def test_it_may_have_8192_pixels_a_side(self):
        taken = pictures.encode(Image.new("RGB", (8192, 64), "red"), "HEIF")
        refused = pictures.encode(Image.new("RGB", (8194, 64), "red"), "HEIF")

        assert load(taken).width == 8192
        with pytest.raises(ImageTooLarge, match="8192"):
            load(refused)


@pytest.mark.parametrize(
    "content",
    [
        b"GIF is a format",
        b"plain text, named cat.jpg",
        b"<html><svg></svg></html>",
        b"<?xml version='1.0'?><rss/>",
        b"<!-- svg --><svgx/>",
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"PK\3\4" + bytes(100),
        b"8BPS\0\1" + bytes(100),
        b"\0\0\x02\0\1\0" + bytes(100),
        b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"RIFF\0\0\0\0WEBP",
        b"\x1f\x8b\x08" + bytes(100),
        b"BMW cars are fast, " * 20,
        b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
    ],
    ids=lambda content: repr(content[:12]),
)
def test_other_files_are_refused(content):
    with pytest.raises(FormatNotSupported, match=r"send|save"):
        load(content)


def vips_image(image: Image.Image) -> pyvips.Image:
    return pyvips.Image.new_from_array(np.asarray(image)).copy(interpretation="srgb")


def sixteen_bits(image: Image.Image) -> pyvips.Image:
    wide = (vips_image(image).cast("ushort") * 257).cast("ushort")
    return wide.copy(interpretation="rgb16")


def exif_of(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def fading(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return the image fading out from the bottom up, and the same on white."""
    faded = image.copy()
    faded.putalpha(Image.linear_gradient("L").resize(image.size))
    on_white = Image.new("RGB", image.size, "white")
    on_white.paste(faded, mask=faded)
    return faded, on_white


def animation(image_format: str) -> bytes:
    """Return red, green and blue, one after the other."""
    red, *others = (Image.new("RGB", (60, 40), name) for name in ("red", "lime", "blue"))
    return pictures.encode(red, image_format, save_all=True, append_images=others)


def icon_image(side: int, name: str, **options) -> tuple[int, bytes]:
    """Return one image of an icon file without the directory."""
    image = Image.new("RGBA", (side, side), name)
    file = pictures.encode(image, "ICO", sizes=[(side, side)], **options)
    return side, file[22:]


def icon(images: list[tuple[int, bytes]]) -> bytes:
    """Put images into an icon file in this order."""
    offset = 6 + 16 * len(images)
    directory, body = struct.pack("<3H", 0, 1, len(images)), b""
    for side, content in images:
        entry = (side, side, 0, 0, 1, 32, len(content), offset + len(body))
        directory += struct.pack("<4B2H2I", *entry)
        body += content
    return directory + body
