"""Files made to mislead, exhaust or break a decoder: each is refused or decoded, none hangs."""

from __future__ import annotations

import random
import struct
import zlib

import pytest

from moderation.errors import FormatNotSupported, ImageTooLarge, ModerationError
from moderation.image import ImageLimits, load_image
from tests import pictures

SIDE_OF_250_MEGAPIXELS = 15_800
ZEROS = zlib.compress(bytes(100 << 20), 9)  # 100 MB in 100 kB


def load(content: bytes):
    return load_image(content, ImageLimits())


class TestPng:
    @pytest.mark.parametrize(
        ("name", "start"),
        [(b"zTXt", b"Comment\0\0"), (b"iTXt", b"Comment\0\1\0\0\0"), (b"iCCP", b"x\0\0")],
    )
    def test_a_text_that_unpacks_to_100_megabytes_is_not_unpacked(self, name, start):
        assert load(with_chunks(png_chunk(name, start + ZEROS))).width == 451

    def test_neither_are_many_texts(self):
        text = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(900_000)))

        assert load(with_chunks(text * 100)).width == 451

    @pytest.mark.parametrize(
        ("width", "height"), [(2**31 - 1, 2**31 - 1), (30_001, 1), (20_000, 20_000)]
    )
    def test_too_large_a_size_is_refused_by_the_header(self, width, height):
        with pytest.raises(ImageTooLarge):
            load(png_file(width, height, b""))

    @pytest.mark.parametrize("side", [1_000, SIDE_OF_250_MEGAPIXELS])
    def test_a_header_that_promises_more_than_there_is(self, side):
        with pytest.raises(FormatNotSupported):
            load(png_file(side, side, zlib.compress(bytes(1_000))))

    def test_more_pixels_than_the_header_promises_are_not_unpacked(self):
        assert load(png_file(100, 100, ZEROS)).pixels.shape == (100, 100, 3)

    @pytest.mark.parametrize("position", [20, 40, 1_000, -20])
    def test_a_wrong_checksum(self, position):
        content = bytearray(pictures.png(pictures.photo("cat")))
        content[position] ^= 1

        with pytest.raises(FormatNotSupported):
            load(bytes(content))

    def test_no_width(self):
        with pytest.raises(FormatNotSupported):
            load(png_file(0, 10, b""))


class TestJpeg:
    @pytest.mark.parametrize(("width", "height"), [(65_500, 65_500), (30_001, 8), (16_000, 16_000)])
    def test_too_large_a_size_is_refused_by_the_header(self, width, height):
        with pytest.raises(ImageTooLarge):
            load(jpeg_of_size(width, height))

    def test_a_header_that_promises_more_than_there_is_costs_no_memory(self):
        """Decoders, browsers too, fill up with grey."""
        image = load(jpeg_of_size(15_000, 15_000))

        assert image.pixels.shape == (1875, 1875, 3)

    def test_no_height(self):
        with pytest.raises(FormatNotSupported):
            load(jpeg_of_size(451, 0))

    def test_thousands_of_scans(self):
        photo = pictures.jpeg(pictures.photo("cat"), progressive=True)
        scan = b"\xff\xda\0\x08\1\1\0\1\x3f\0" + bytes(8)

        with pytest.raises(FormatNotSupported, match="scans"):
            load(photo[:-2] + scan * 100_000 + photo[-2:])


class TestGif:
    def test_a_huge_canvas_is_refused(self):
        with pytest.raises(ImageTooLarge):
            load(gif_of_canvas(65_535, 65_535))

    def test_a_large_canvas_is_taken(self):
        assert load(gif_of_canvas(SIDE_OF_250_MEGAPIXELS, 1_000)).width == SIDE_OF_250_MEGAPIXELS


class TestBmp:
    @pytest.mark.parametrize("size", [(2**31 - 1, 10), (-5, 10), (20_000, 20_000)])
    def test_too_large_a_size_is_refused_by_the_header(self, size):
        with pytest.raises(ImageTooLarge):
            load(bmp_file(*size, b""))

    def test_run_lengths_that_end_at_once(self):
        with pytest.raises(FormatNotSupported):
            load(bmp_file(SIDE_OF_250_MEGAPIXELS, SIDE_OF_250_MEGAPIXELS, b"\0\1"))

    def test_run_lengths_that_jump_far_out(self):
        far_out = b"\0\2\xff\xff" * 10_000 + b"\0\1"

        assert load(bmp_file(100, 100, far_out)).width == 100


class TestIco:
    def test_a_small_icon_that_holds_a_huge_picture(self):
        content = png_file(30_000, 30_000, b"")
        entry = struct.pack("<4B2H2I", 16, 16, 0, 0, 1, 32, len(content), 22)

        with pytest.raises(ImageTooLarge):
            load(b"\0\0\1\0\1\0" + entry + content)


class TestWebp:
    def test_a_canvas_larger_than_its_picture(self):
        content = bytearray(
            pictures.encode(pictures.photo("cat").convert("RGBA"), "WEBP", exif=b"x")
        )
        assert content[12:16] == b"VP8X"
        content[24:27] = (29_999).to_bytes(3, "little")

        with pytest.raises(FormatNotSupported):
            load(bytes(content))


@pytest.mark.parametrize(
    "image_format", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "AVIF", "GIF", "ICO"]
)
def test_a_picture_cut_off_anywhere_is_refused_or_decoded(image_format):
    content = pictures.encode(pictures.photo("cat", (64, 48)), image_format)

    for length in range(1, len(content), max(len(content) // 60, 1)):
        load_if_possible(content[:length])


@pytest.mark.parametrize(
    "image_format", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "AVIF", "GIF", "ICO"]
)
def test_a_picture_with_changed_bytes_is_refused_or_decoded(image_format):
    content = pictures.encode(pictures.photo("cat", (64, 48)), image_format)
    dice = random.Random(image_format)

    for _ in range(60):
        changed = bytearray(content)
        for _ in range(dice.randint(1, 8)):
            changed[min(int(dice.expovariate(1 / 60)), len(changed) - 1)] = dice.randrange(256)
        load_if_possible(bytes(changed))


def load_if_possible(content: bytes) -> None:
    """Load what may be damaged; any error but the documented ones fails the test."""
    try:
        image = load(content)
    except ModerationError as error:
        assert isinstance(error, ImageTooLarge | FormatNotSupported)  # noqa: PT017
    else:
        assert image.pixels.ndim == 3


def png_chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def png_file(width: int, height: int, pixels: bytes) -> bytes:
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def with_chunks(chunks: bytes) -> bytes:
    """Return a good picture with more chunks behind its header."""
    content = pictures.png(pictures.photo("cat"))
    return content[:33] + chunks + content[33:]


def jpeg_of_size(width: int, height: int) -> bytes:
    """Return a small picture whose header says that it has this size."""
    content = pictures.cat()
    frame = content.index(b"\xff\xc0") + 5
    return content[:frame] + struct.pack(">2H", height, width) + content[frame + 4 :]


def gif_of_canvas(width: int, height: int) -> bytes:
    content = pictures.encode(pictures.photo("cat"), "GIF")
    return content[:6] + struct.pack("<2H", width, height) + content[10:]


def bmp_file(width: int, height: int, runs: bytes) -> bytes:
    """Return a bitmap of 256 greys, compressed by run lengths."""
    palette = b"".join(bytes((grey, grey, grey, 0)) for grey in range(256))
    offset = 14 + 40 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs), 0, 0, 256, 0)
    return struct.pack("<2sI2HI", b"BM", offset + len(runs), 0, 0, offset) + header + palette + runs
