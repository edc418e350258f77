"""Decodes JPEG, GIF, BMP, ICO, HEIC, AVIF and rare TIFF with Pillow; for the decoder process."""

from __future__ import annotations

import io
import struct

import pi_heif
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.IcoImagePlugin import IcoImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from moderation.decoding.flattening import orientation_of, shrink
from moderation.decoding.limits import ImageLimits, working_size
from moderation.decoding.picture import DecodedPicture
from moderation.errors import FormatNotSupported

_OPENERS: dict[str, type[ImageFile]] = {
    "JPEG": JpegImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "ICO": IcoImageFile,
    "TIFF": TiffImageFile,
    "AVIF": AvifImageFile,
    "HEIF": pi_heif.HeifImageFile,
}
_COLOURS = {"LAB", "YCbCr"}
_COMPRESSIONS = {"lzma", "webp", "zstd"}
_COEFFICIENT_BYTES = 2  # a progressive JPEG is kept as coefficients until its end
_MAX_SCANS = 1_000  # encoders write about ten, and each costs time
_AVIF_BYTES = 9
_MAX_DECODER_BYTES = 900_000_000
_ICO_HEADER_BYTES = 6
_ICO_ENTRY = struct.Struct("<4B2H2I")


def decode(content: bytes, image_format: str, limits: ImageLimits) -> DecodedPicture:
    """Decode a picture, its first frame or page, at its working size."""
    if image_format == "JPEG" and content.count(b"\xff\xda") > _MAX_SCANS:
        raise FormatNotSupported("The JPEG file has too many scans; save it anew.")
    with _OPENERS[image_format](io.BytesIO(content)) as image:
        limits.check_size(*image.size, image_format)
        _check_memory(image)
        if image_format == "ICO":
            image.load()  # the directory may lie about the size of the image
            limits.check_size(*image.size, image_format)
        width, height = image.size
        size = working_size(width, height)
        image.draft("RGB", size)
        orientation = orientation_of(image)
        rgb = shrink(image, size)
    return DecodedPicture(width, height, *rgb.size, orientation, rgb.tobytes())


def is_tiff_for_pillow(content: bytes) -> bool:
    """Tell whether a TIFF file has colours or a compression that libvips does not know."""
    try:
        with TiffImageFile(io.BytesIO(content)) as image:
            return image.mode in _COLOURS or image.info.get("compression") in _COMPRESSIONS
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error):
        return False


def _check_memory(image: ImageFile) -> None:
    """Raise MemoryError if decoding takes more than there is, where that can be told before."""
    bytes_per_pixel = 0.0
    if isinstance(image, AvifImageFile):
        bytes_per_pixel = _AVIF_BYTES
    elif isinstance(image, JpegImageFile) and image.info.get("progressive"):
        sampling = [horizontal * vertical for _, horizontal, vertical, _ in image.layer]
        bytes_per_pixel = _COEFFICIENT_BYTES * sum(sampling) / max(sampling)
    if image.width * image.height * bytes_per_pixel > _MAX_DECODER_BYTES:
        raise MemoryError


def last_of_ico(content: bytes) -> bytes:
    """Return the last image of an icon file: a PNG file, or an icon file of one image.

    Raises FormatNotSupported if the directory of the file points outside it.
    """
    count = int.from_bytes(content[4:6], "little")
    entry_at = _ICO_HEADER_BYTES + _ICO_ENTRY.size * (count - 1)
    if count < 1 or entry_at + _ICO_ENTRY.size > len(content):
        raise FormatNotSupported("The icon file has no images; save it anew.")
    *appearance, size_bytes, offset = _ICO_ENTRY.unpack_from(content, entry_at)
    image = content[offset : offset + size_bytes]
    if len(image) < size_bytes or not image:
        raise FormatNotSupported("The icon file is cut off; save it anew.")
    if image.startswith(b"\x89PNG"):
        return image
    entry = _ICO_ENTRY.pack(*appearance, size_bytes, _ICO_HEADER_BYTES + _ICO_ENTRY.size)
    return b"\0\0\x01\0\x01\0" + entry + image
