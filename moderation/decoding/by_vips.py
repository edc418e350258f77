"""Decodes PNG, WEBP, TIFF and SVG with libvips, which streams; for the decoder process."""

from __future__ import annotations

import pyvips

from moderation.decoding.limits import WORKING_SIDE_PX, ImageLimits, working_size
from moderation.decoding.picture import DecodedPicture
from moderation.decoding.svg import has_view_box
from moderation.decoding.webp import header_of

_LOADERS = {
    "PNG": pyvips.Image.pngload_buffer,
    "TIFF": pyvips.Image.tiffload_buffer,
}
_WHITE = [255, 255, 255]

pyvips.cache_set_max(0)  # it would keep the last pictures


def decode(content: bytes, image_format: str, limits: ImageLimits) -> DecodedPicture:
    """Decode a picture, its first frame or page, at its working size."""
    if image_format == "SVG":
        return _rasterise(content, limits)
    if image_format == "WEBP":
        return _decode_webp(content, limits)
    image = _LOADERS[image_format](content, access="sequential", fail_on="error")
    limits.check_size(image.width, image.height, image_format)
    return _picture(image, image.width, image.height, working_size(image.width, image.height))


def _decode_webp(content: bytes, limits: ImageLimits) -> DecodedPicture:
    """Let the decoder scale by itself: otherwise it takes eight bytes a pixel."""
    width, height, _ = header_of(content)
    limits.check_size(width, height, "WEBP")
    size = working_size(width, height)
    image = pyvips.Image.webpload_buffer(content, scale=size[0] / width, fail_on="error")
    return _picture(image, width, height, size)


def _rasterise(content: bytes, limits: ImageLimits) -> DecodedPicture:
    """Draw an SVG; one with a view box as large as possible, however small it says it is.

    librsvg loads no file and no URL for a document that comes from memory, runs no scripts
    and limits entities and nesting.
    """
    image = pyvips.Image.svgload_buffer(content)
    width, height = image.width, image.height
    limits.check_size(width, height, "SVG")
    if not has_view_box(content):  # libvips does not always scale these
        return _picture(image, width, height, working_size(width, height))
    scale = WORKING_SIDE_PX / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return _picture(pyvips.Image.svgload_buffer(content, scale=scale), width, height, size)


def _picture(image: pyvips.Image, width: int, height: int, size: tuple[int, int]) -> DecodedPicture:
    orientation = image.get("orientation") if image.get_typeof("orientation") else 1
    rgb = _flatten(image)
    if (rgb.width, rgb.height) != size:
        rgb = rgb.resize(size[0] / rgb.width, vscale=size[1] / rgb.height, kernel="linear")
    pixels = rgb.crop(0, 0, *size).write_to_memory()
    return DecodedPicture(width, height, *size, orientation, bytes(pixels))


def _flatten(image: pyvips.Image) -> pyvips.Image:
    """Return an image as 8-bit RGB; what is transparent becomes white."""
    rgb = image.colourspace("srgb")
    if rgb.hasalpha():
        rgb = rgb.flatten(background=_WHITE)
    return rgb.extract_band(0, n=3).cast("uchar")
