"""What people do to pictures before they upload them again; each edit under its name."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from tests.pictures import draw_text, jpeg

Edit = Callable[[Image.Image], Image.Image]
_FINAL_QUALITY: Final = 80


def _recompressed(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(jpeg(image, quality))).convert("RGB")


def _webp(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=30)
    return Image.open(buffer).convert("RGB")


def _scaled(image: Image.Image, across: float, down: float) -> Image.Image:
    return image.resize((max(8, int(image.width * across)), max(8, int(image.height * down))))


def cropped(image: Image.Image, share: float) -> Image.Image:
    """Cut half of the share off each side, so that 1 - share of either length remains."""
    across, down = image.width * share / 2, image.height * share / 2
    return image.crop((int(across), int(down), int(image.width - across), int(image.height - down)))


def _rotated(image: Image.Image, degrees: float) -> Image.Image:
    """Turn and cut to the largest upright part without corners of another colour."""
    turned = image.rotate(degrees, Image.Resampling.BICUBIC)
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    ratio = max(image.size) / min(image.size)
    return cropped(turned, 1 - 1 / (cosine + ratio * sine))


def _expanded(image: Image.Image, degrees: float) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True)


def _noisy(image: Image.Image) -> Image.Image:
    noise = np.random.default_rng(5).normal(0, 12, (image.height, image.width, 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def _hue(image: Image.Image) -> Image.Image:
    hue, saturation, value = image.convert("HSV").split()
    shifted = hue.point([(level + 64) % 256 for level in range(256)])
    return Image.merge("HSV", (shifted, saturation, value)).convert("RGB")


def _sepia(image: Image.Image) -> Image.Image:
    return ImageOps.colorize(ImageOps.grayscale(image), "#1a0d00", "#fff0d0")


def _sticker(image: Image.Image, share: float) -> Image.Image:
    """Cover that share of the area with a disc near a corner."""
    edited = image.copy()
    side = int((share * image.width * image.height / 0.785) ** 0.5)
    left, top = int(image.width * 0.95) - side, int(image.height * 0.95) - side
    draw = ImageDraw.Draw(edited)
    draw.ellipse((left, top, left + side, top + side), "#f5d90a", outline="black", width=3)
    return edited


def _meme(image: Image.Image) -> Image.Image:
    return draw_text("WHEN IT HAPPENS", "", "", "", "AND NOBODY SAW IT", on=image, font_px=36)


def _caption_band(image: Image.Image) -> Image.Image:
    band = draw_text("Breaking news today", size=(image.width, image.height // 5), font_px=24)
    edited = Image.new("RGB", (image.width, image.height + band.height), "white")
    edited.paste(band, (0, 0))
    edited.paste(image, (0, band.height))
    return edited


def _screenshot(image: Image.Image) -> Image.Image:
    """Show the picture in the page of a social network, on a telephone's screen."""
    width = 400
    shown = image.resize((width, image.height * width // image.width))
    page = Image.new("RGB", (width, shown.height + 420), "#f7f8fa")
    page.paste(draw_text("someone  @some.one", size=(width, 90), font_px=22), (0, 40))
    page.paste(shown, (0, 130))
    below = draw_text("1,024 likes", "what a day", "reply", size=(width, 200), font_px=22)
    page.paste(below, (0, shown.height + 150))
    return page


def _collage(image: Image.Image) -> Image.Image:
    """Put the picture beside three patches of colour and noise."""
    half = ImageOps.fit(image, (300, 300))
    page = Image.new("RGB", (600, 600), "#336699")
    page.paste(_noisy(Image.new("RGB", (300, 300), "#886644")), (300, 0))
    page.paste(draw_text("collage", size=(300, 300)), (0, 300))
    page.paste(half, (0, 0))
    return page


def _padded(image: Image.Image) -> Image.Image:
    """Surround it with a border that cannot be trimmed."""
    across, down = image.width // 10, image.height // 10
    around = _noisy(
        Image.new("RGB", (image.width + 2 * across, image.height + 2 * down), "#777777")
    )
    around.paste(image, (across, down))
    return around


def _social(image: Image.Image) -> Image.Image:
    small = _scaled(draw_text("@someone", on=cropped(image, 0.03), font_px=20), 0.7, 0.7)
    return _recompressed(small, 55)


PLAIN_EDITS: Final[dict[str, Edit]] = {
    "the same": lambda image: image,
    "JPEG 30": lambda image: _recompressed(image, 30),
    "JPEG 10": lambda image: _recompressed(image, 10),
    "WebP 30": _webp,
    "half as large": lambda image: _scaled(image, 0.5, 0.5),
    "a fifth as large": lambda image: _scaled(image, 0.2, 0.2),
    "squashed": lambda image: _scaled(image, 1, 0.7),
    "crop 2 %": lambda image: cropped(image, 0.02),
    "text": lambda image: draw_text("BUY NOW", "CHEAP", on=image),
    "meme": _meme,
    "sticker 5 %": lambda image: _sticker(image, 0.05),
    "sticker 15 %": lambda image: _sticker(image, 0.15),
    "blur 2": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "noise": _noisy,
    "sharpened": lambda image: image.filter(ImageFilter.UnsharpMask(3, 150)),
    "lighter": lambda image: ImageEnhance.Brightness(image).enhance(1.4),
    "contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.5),
    "grey": lambda image: ImageOps.grayscale(image).convert("RGB"),
    "hue": _hue,
    "sepia": _sepia,
    "social": _social,
}
"""Edits that leave every part of the picture where it was, or nearly so."""

TURNED_EDITS: Final[dict[str, Edit]] = {
    "mirrored": ImageOps.mirror,
    "turned left": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "upside down": lambda image: image.transpose(Image.Transpose.ROTATE_180),
    "border 5 %": lambda image: ImageOps.expand(image, max(image.size) // 20, "white"),
    "letterbox": lambda image: ImageOps.expand(image, (0, image.height // 5), "black"),
}

GEOMETRIC_EDITS: Final[dict[str, Edit]] = {
    "crop 5 %": lambda image: cropped(image, 0.05),
    "crop 10 %": lambda image: cropped(image, 0.10),
    "crop 20 %": lambda image: cropped(image, 0.20),
    "crop 30 %": lambda image: cropped(image, 0.30),
    "crop 50 %": lambda image: cropped(image, 0.50),
    "turned by 5 degrees": lambda image: _rotated(image, 5),
    "turned by 10 degrees": lambda image: _rotated(image, 10),
    "turned by 45 degrees": lambda image: _expanded(image, 45),
    "mirrored, crop 10 %": lambda image: cropped(ImageOps.mirror(image), 0.10),
    "upside down, crop 10 %": lambda image: cropped(
        image.transpose(Image.Transpose.ROTATE_180), 0.10
    ),
    "padded 10 %, grey noise": _padded,
    "caption band": _caption_band,
    "screenshot": _screenshot,
    "collage": _collage,
}


EDITS: Final = {**PLAIN_EDITS, **TURNED_EDITS, **GEOMETRIC_EDITS}


def uploaded(image: Image.Image, name: str) -> Image.Image:
    """Return the picture edited, and compressed as JPEG as an upload would be."""
    return _recompressed(EDITS[name](image), _FINAL_QUALITY)
