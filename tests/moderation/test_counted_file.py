from __future__ import annotations

import pytest

from moderation.errors import FormatNotSupported
from moderation.image import ImageLimits, load_image
from tests import pictures
from tests.moderation.test_image_hostile import png_chunk, with_chunks

MANY = 300_000


def jpeg_with(parts: bytes) -> bytes:
    """Return a good picture with more bytes after its first segment."""
    content = pictures.cat()
    return content[:20] + parts + content[20:]


@pytest.mark.parametrize(
    "part",
    [
        b"\xff\xfe\0\2",
        b"\xff\xe1\0\2",
        b"\xff\xd0",
        b"\xff\0",
        b"\xff",
        b"x",
        b"\0\xda",
    ],
    ids=repr,
)
class TestJpeg:
    def test_countless_parts_are_refused(self, part):
        with pytest.raises(FormatNotSupported, match="too many parts"):
            load_image(jpeg_with(part * MANY), ImageLimits())

    def test_a_few_are_taken(self, part):
        assert load_image(jpeg_with(part * 3), ImageLimits()).width == 451


class TestJpegOfFullSegments:
    def test_twenty_megabytes_of_comments_are_taken(self):
        comment = b"\xff\xfe\xff\xff" + bytes(65_533)

        assert load_image(jpeg_with(comment * 318), ImageLimits()).width == 451


class TestPng:
    def test_countless_chunks_are_refused(self):
        with pytest.raises(FormatNotSupported, match="too many parts"):
            load_image(with_chunks(png_chunk(b"abCd", b"") * MANY), ImageLimits())

    def test_a_few_are_taken(self):
        content = with_chunks(png_chunk(b"abCd", b"") * 3)

        assert load_image(content, ImageLimits()).width == 451
