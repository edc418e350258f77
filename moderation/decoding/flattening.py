"""From what Pillow decodes to RGB."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from PIL import Image, ImageCms

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_ORIENTATION_TAG = 0x0112
_LAST_ORIENTATION = 8
_BAND_PIXELS = 4_000_000


def orientation_of(image: ImageFile) -> int:
    """Return how a picture is to be turned, as EXIF counts it; 1 if that cannot be read."""
    try:
        orientation = image.getexif().get(_ORIENTATION_TAG)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error):
        return 1
    return (
        orientation if isinstance(orientation, int) and 1 <= orientation <= _LAST_ORIENTATION else 1
    )


def flatten(image: Image.Image) -> Image.Image:
    """Return an image as RGB; what is transparent becomes white."""
    image.load()
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if image.mode == "LAB":
        return _from_lab(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    white = Image.new("RGB", rgba.size, "white")
    white.paste(rgba, mask=rgba)
    return white


def _from_lab(image: Image.Image) -> Image.Image:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    rgb = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    if rgb is None:
        raise ValueError("not converted")
    return rgb


def shrink(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return an image as RGB at a size that is not larger than its own.

    A large one is first reduced band by band: the whole would take four bytes a pixel.
    """
    factor = max(image.size) // max(size)
    if factor > 1 and image.width * image.height > _BAND_PIXELS:
        image = _reduce_in_bands(image, factor)
    rgb = flatten(image)
    return rgb if rgb.size == size else rgb.resize(size, Image.Resampling.BOX)


def _reduce_in_bands(image: Image.Image, factor: int) -> Image.Image:
    image.load()
    reduced = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    rows = max(_BAND_PIXELS // image.width // factor, 1) * factor
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        band.info = image.info
        reduced.paste(flatten(band).reduce(factor), (0, top // factor))
    return reduced
