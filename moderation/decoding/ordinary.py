"""Decodes ordinary JPEG, PNG and WEBP pictures in this process: the common, fast path."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
import simplejpeg
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from moderation.decoding.counted_file import CountedFile
from moderation.decoding.flattening import flatten, orientation_of, shrink
from moderation.decoding.limits import ImageLimits, working_size
from moderation.decoding.picture import DecodedPicture
from moderation.decoding.webp import header_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image
    from PIL.ImageFile import ImageFile

MAX_BASELINE_PIXELS = 50_000_000  # decoded at a reduced scale, row by row
MAX_PROGRESSIVE_PIXELS = 12_000_000  # all coefficients are kept: 3 to 6 bytes a pixel
MAX_SCANS = 100  # of a progressive picture; each costs time, and encoders write about ten
MAX_WHOLE_PIXELS = 9_000_000  # decoded as a whole: 4 bytes a pixel, a few times over
MAX_JPEG_READS = 5_000  # four for a segment, of which 320 make up the largest file
MAX_PNG_READS = 100_000  # four for a chunk; encoders write 4 kB and more into each
_PLAIN_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA"}
_MAX_SHRINKING = 8  # what a JPEG decoder can do
_START_OF_SCAN = b"\xff\xda"


def decode_ordinary(
    content: bytes, image_format: str, limits: ImageLimits
) -> DecodedPicture | None:
    """Decode a picture if that is cheap and safe; None if it is work for the decoder process."""
    if image_format == "JPEG":
        return _decode_jpeg(content, limits)
    if image_format == "PNG":
        return _decode_png(content, limits)
    if image_format == "WEBP":
        return _decode_webp(content, limits)
    return None


def _decode_jpeg(content: bytes, limits: ImageLimits) -> DecodedPicture | None:
    with JpegImageFile(CountedFile(content, max_reads=MAX_JPEG_READS)) as image:
        width, height = image.size
        limits.check_size(width, height, "JPEG")
        if not _is_ordinary_jpeg(image, content):
            return None
        orientation = orientation_of(image)
        try:
            rgb = _decode_rgb_jpeg(content, image)
        except ValueError:  # damaged, or not quite to the standard: Pillow is more lenient
            image.draft("RGB", working_size(width, height))
            rgb = _array(flatten(image))
    return _picture(rgb, (width, height), orientation)


def _is_ordinary_jpeg(image: JpegImageFile, content: bytes) -> bool:
    pixels = image.width * image.height
    if image.info.get("progressive"):
        return pixels <= MAX_PROGRESSIVE_PIXELS and content.count(_START_OF_SCAN) <= MAX_SCANS
    return pixels <= MAX_BASELINE_PIXELS


def _decode_rgb_jpeg(content: bytes, image: JpegImageFile) -> NDArray[np.uint8]:
    """Decode without the copy that Pillow makes, which takes longer than the decoding.

    Raises ValueError if the decoder has anything to complain of.
    """
    height, width = simplejpeg.decode_jpeg_header(content)[:2]
    if image.mode == "CMYK" or (width, height) != image.size:
        raise ValueError
    goal = max(working_size(width, height))
    shrinking = 1
    while shrinking < _MAX_SHRINKING and math.ceil(max(width, height) / shrinking / 2) >= goal:
        shrinking *= 2
    pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(
        content,
        "RGB",
        min_height=math.ceil(height / shrinking),
        min_width=math.ceil(width / shrinking),
    )
    return pixels


def _decode_png(content: bytes, limits: ImageLimits) -> DecodedPicture | None:
    try:
        image = PngImageFile(CountedFile(content, max_reads=MAX_PNG_READS))
    except ValueError:  # too large a text, which Pillow refuses and the other decoder skips
        return None
    with image:
        limits.check_size(*image.size, "PNG")
        if image.width * image.height > MAX_WHOLE_PIXELS or image.mode not in _PLAIN_MODES:
            return None
        return _decode_whole(image)


def _decode_webp(content: bytes, limits: ImageLimits) -> DecodedPicture | None:
    header = header_of(content)
    limits.check_size(header.width, header.height, "WEBP")
    if header.is_animated or header.width * header.height > MAX_WHOLE_PIXELS:
        return None
    with WebPImageFile(io.BytesIO(content)) as image:
        return _decode_whole(image)


def _decode_whole(image: ImageFile) -> DecodedPicture:
    rgb = shrink(image, working_size(*image.size))
    return _picture(_array(rgb), image.size, orientation_of(image))


def _array(image: Image.Image) -> NDArray[np.uint8]:
    return np.frombuffer(image.tobytes(), np.uint8).reshape(image.height, image.width, 3)


def _picture(
    rgb: NDArray[np.uint8], original_size: tuple[int, int], orientation: int
) -> DecodedPicture:
    size = working_size(*original_size)
    if rgb.shape[1::-1] != size:
        is_small_step = rgb.shape[1] < 2 * size[0]
        method = cv2.INTER_LINEAR if is_small_step else cv2.INTER_AREA
        rgb = cv2.resize(rgb, size, interpolation=method).astype(np.uint8, copy=False)
    return DecodedPicture(*original_size, *size, orientation, rgb.reshape(-1).data)
