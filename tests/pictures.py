"""Real pictures for tests, out of installed packages, and drawn ones; nothing is downloaded."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import qrcode
from PIL import Image, ImageDraw, ImageFont

_FILES = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "cat": ("skimage", "data/chelsea.png"),
    "coffee": ("skimage", "data/coffee.png"),
    "coins": ("skimage", "data/coins.png"),
    "galaxies": ("skimage", "data/hubble_deep_field.jpg"),
    "motorcycle": ("skimage", "data/motorcycle_left.png"),
    "page": ("skimage", "data/page.png"),
    "retina": ("skimage", "data/retina.jpg"),
    "rocket": ("skimage", "data/rocket.jpg"),
    "temple": ("sklearn", "datasets/images/china.jpg"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
}
PHOTOS = tuple(_FILES)


@cache
def photo_file(name: str) -> bytes:
    """Return the bytes of one of PHOTOS as its package ships it."""
    package, path = _FILES[name]
    spec = find_spec(package)  # found, not imported: importing scikit-learn takes seconds
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / path).read_bytes()


def photo(name: str, size: tuple[int, int] | None = None) -> Image.Image:
    """Return one of PHOTOS as RGB, scaled to size (width, height) if it is given."""
    image = Image.open(io.BytesIO(photo_file(name))).convert("RGB")
    return image if size is None else image.resize(size, Image.Resampling.LANCZOS)


def encode(image: Image.Image, image_format: str, **options: Any) -> bytes:
    """Encode a picture as Pillow's save() does with these options."""
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def jpeg(image: Image.Image, quality: int = 85, **options: Any) -> bytes:
    """Encode a picture as JPEG."""
    return encode(image, "JPEG", quality=quality, **options)


def png(image: Image.Image, **options: Any) -> bytes:
    """Encode a picture as PNG."""
    return encode(image, "PNG", **options)


def astronaut() -> bytes:
    """Return a portrait of a woman in a space suit, 512 x 512, JPEG."""
    return jpeg(photo("astronaut"))


def cat() -> bytes:
    """Return a cat's face, 451 x 300, JPEG."""
    return jpeg(photo("cat"))


def coffee() -> bytes:
    """Return a cup of coffee on a table, 600 x 400, JPEG."""
    return jpeg(photo("coffee"))


def rocket() -> bytes:
    """Return a rocket on its launch pad, 640 x 427, JPEG."""
    return jpeg(photo("rocket"))


def temple() -> bytes:
    """Return a temple under trees, 640 x 427, JPEG."""
    return jpeg(photo("temple"))


def flower() -> bytes:
    """Return a flower, 640 x 427, JPEG."""
    return jpeg(photo("flower"))


def motorcycle() -> bytes:
    """Return a motorcycle in a room, 741 x 500, JPEG."""
    return jpeg(photo("motorcycle"))


def blank(size: tuple[int, int] = (320, 240), colour: str = "white") -> bytes:
    """Return a picture of one colour, PNG."""
    return png(Image.new("RGB", size, colour))


def png_bomb() -> bytes:
    """Return a small PNG whose header announces 400 million pixels."""
    content = blank()
    header = b"IHDR" + struct.pack(">2I", 20_000, 20_000) + content[24:29]
    return content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:]


def draw_text(
    *lines: str,
    size: tuple[int, int] = (800, 400),
    font_px: int = 48,
    font_path: str | None = None,
    on: Image.Image | None = None,
) -> Image.Image:
    """Draw lines of text, black on white, or white with a black rim on a picture.

    font_path: for scripts that Pillow's own font lacks; its own has Latin letters only.
    """
    image = Image.new("RGB", size, "white") if on is None else on.copy()
    drawing = ImageDraw.Draw(image)
    font = ImageFont.truetype(font_path, font_px) if font_path else _default_font(font_px)
    style: dict[str, Any] = {"fill": "black"}
    if on is not None:
        style = {"fill": "white", "stroke_fill": "black", "stroke_width": 2}
    for number, line in enumerate(lines):
        drawing.text(
            (font_px // 2, font_px // 2 + number * font_px * 1.5), line, font=font, **style
        )
    return image


def _default_font(font_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(font_px)


def qr_code(text: str, box_px: int = 8) -> Image.Image:
    """Draw a QR code that holds the text; box_px is the side of one of its squares."""
    code = qrcode.QRCode(box_size=box_px, border=4)
    code.add_data(text)
    code.make(fit=True)
    image: Image.Image = code.make_image().get_image()
    return image.convert("RGB")
