"""Photographs to measure with: those that packages ship, mixtures of them, or a folder's."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from moderation.context import ImageContext
from moderation.fingerprint import Fingerprint, fingerprint_of
from moderation.image import ImageLimits, load_image
from moderation.inference.networks import Networks
from moderation.local_features import CloserLook, local_features
from tests.pictures import PHOTOS, jpeg, photo

_MORE_OF_SKIMAGE: Final = ("camera", "brick", "grass", "gravel", "moon", "ihc", "clock_motion")
TEXTURES: Final = ("brick", "grass", "gravel")
_SUFFIXES: Final = {".jpg", ".jpeg", ".png", ".webp"}
_LONGER_SIDE_PX: Final = 640
_MIXTURE_SIZE: Final = (400, 300)


@dataclass(frozen=True)
class Photograph:
    """A picture; parts names the photographs that are in it."""

    name: str
    image: Image.Image
    parts: frozenset[str]


@dataclass(frozen=True)
class Seen:
    """A picture as the engine sees it."""

    fingerprint: Fingerprint
    features: bytes
    look: CloserLook


def shipped() -> list[Photograph]:
    """Return the photographs of scikit-image and scikit-learn."""
    found = [_photograph(name, photo(name)) for name in PHOTOS if name != "page"]
    spec = find_spec("skimage")
    folder = Path(spec.origin).parent / "data" if spec and spec.origin else Path()
    more = [(name, folder / f"{name}.png") for name in _MORE_OF_SKIMAGE]
    return [*found, *(_photograph(name, Image.open(path)) for name, path in more)]


def in_folder(folder: Path) -> list[Photograph]:
    """Return the pictures of a folder, by name."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    return [_photograph(path.name, Image.open(path)) for path in paths]


def _photograph(name: str, image: Image.Image) -> Photograph:
    reduced = image.convert("RGB")
    reduced.thumbnail((_LONGER_SIDE_PX, _LONGER_SIDE_PX))
    return Photograph(name, reduced, frozenset([name]))


def mixtures(photographs: Sequence[Photograph], count: int) -> list[Photograph]:
    """Lay a cut of one photograph over a part of another's, in other colours."""
    random = np.random.default_rng(17)
    return [_mixture(photographs, random, number) for number in range(count)]


def _mixture(
    photographs: Sequence[Photograph], random: np.random.Generator, number: int
) -> Photograph:
    first, second = (photographs[row] for row in random.choice(len(photographs), 2, replace=False))
    page = _cut(first.image, random)
    over = _cut(second.image, random)
    width = int(_MIXTURE_SIZE[0] * random.uniform(0.3, 0.7))
    page.paste(over.crop((0, 0, width, _MIXTURE_SIZE[1])), (0, 0))
    return Photograph(f"mixture {number}", page, first.parts | second.parts)


def _cut(image: Image.Image, random: np.random.Generator) -> Image.Image:
    share = random.uniform(0.3, 0.6)
    width, height = int(image.width * share), int(image.height * share)
    left = int(random.integers(0, image.width - width))
    top = int(random.integers(0, image.height - height))
    cut = image.crop((left, top, left + width, top + height)).resize(_MIXTURE_SIZE)
    cut = ImageOps.mirror(cut) if random.integers(0, 2) else cut
    cut = ImageEnhance.Color(cut).enhance(random.uniform(0.2, 1.8))
    return ImageEnhance.Brightness(cut).enhance(random.uniform(0.6, 1.4))


def seen(images: Sequence[Image.Image], networks: Networks) -> list[Seen]:
    """Show pictures to the engine, two at once, as JPEG."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda image: _see(image, networks), images))


def _see(image: Image.Image, networks: Networks) -> Seen:
    context = ImageContext(load_image(jpeg(image, 90), ImageLimits()), networks)
    rgb = context.rgb
    return Seen(fingerprint_of(context), local_features(rgb), CloserLook(rgb))
