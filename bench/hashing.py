"""Hashing a picture against decoding it and against peers; likeness to Meta's PDQ (B1, B2)."""

from __future__ import annotations

import io
import statistics
from collections.abc import Callable
from typing import Any, Final

import imagehash
import numpy as np
from PIL import Image

from bench import photographs
from bench.alternation import durations_s, median_ms, ratio
from bench.edits import PLAIN_EDITS, uploaded
from moderation import perceptual_hash
from moderation.fingerprint import MIN_QUALITY
from tests.pictures import jpeg

SIZE: Final = (1920, 1080)
WALLPAPERS: Final = 24
ROUNDS: Final = 7
MAX_MEDIAN_BITS, MAX_BITS = 6, 20


def main() -> None:
    """Print what the hashes cost, and in how many bits they differ from the reference."""
    base = photographs.shipped()
    pictures = [*base, *photographs.mixtures(base, WALLPAPERS - len(base))]
    contents = [jpeg(picture.image.resize(SIZE), 85) for picture in pictures]
    _print_speed(contents)
    _print_likeness(base)


def _print_speed(contents: list[bytes]) -> None:
    decoded = [np.asarray(Image.open(io.BytesIO(content))) for content in contents]
    ways: dict[str, Callable[[int], object]] = {
        "limit": lambda number: _reduced(contents[number]),
        "decoding": lambda number: Image.open(io.BytesIO(contents[number])).load(),
        "hash": lambda number: _hashes(np.asarray(_reduced(contents[number]))),
        "working size": lambda number: _hashes_of_pixels(decoded[number]),
        "peer": lambda number: imagehash.phash(Image.open(io.BytesIO(contents[number]))),
    }
    reference = _reference()
    if reference is not None:
        ways["reference"] = lambda number: reference(decoded[number])
    durations = durations_s(ways, len(contents), ROUNDS)
    print(f"B1 PDQ in 8 orientations from JPEG: {ratio(durations, 'hash', 'limit'):.2f} x ", end="")
    print("decoding at an eighth alone (goal at most 1.35)")
    print(
        f"B1 imagehash.phash of the same files: {ratio(durations, 'peer', 'hash'):.1f} x ", end=""
    )
    print("our time (goal at least 4)")
    print(f"    {len(contents)} files of {SIZE[0]} x {SIZE[1]}; medians: ", end="")
    print(", ".join(f"{name} {median_ms(durations, name):.1f} ms" for name in ways))
    share = 1 + ratio(durations, "working size", "decoding")
    print(f"    a moderation decodes for its networks anyway; with all hashes {share:.2f} x that")
    if reference is not None:
        share = ratio(durations, "reference", "working size")
        print(f"pdqhash in one orientation, decoded before: {share:.1f} x our time for all hashes")


def _reduced(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.draft("L", (128, 128))
    image.load()
    return image.convert("L")


def _hashes(grey: Any) -> object:
    return perceptual_hash.pdq_orientations(Image.fromarray(grey))


def _hashes_of_pixels(rgb: Any) -> object:
    """Return all hashes of a fingerprint, as a moderation computes them of its pixels."""
    grey = perceptual_hash.luma(rgb)
    return perceptual_hash.pdq_orientations(grey), perceptual_hash.dhash(grey)


def _reference() -> Callable[[Any], Any] | None:
    """Return Meta's own code, None if it is not installed."""
    try:
        import pdqhash
    except ImportError:
        return None
    compute: Callable[[Any], Any] = pdqhash.compute
    return compute


def _print_likeness(base: list[photographs.Photograph]) -> None:
    reference = _reference()
    if reference is None:
        print("pdqhash is not installed: see requirements-bench.txt")
        return
    textures = [picture for picture in base if picture.name in photographs.TEXTURES]
    others = [picture for picture in base if picture not in textures]
    print("B2", _likeness(reference, others), f"(goals {MAX_MEDIAN_BITS} and {MAX_BITS})")
    print(f"    {', '.join(photographs.TEXTURES)}, which are all alike inside:", end=" ")
    print(_likeness(reference, textures))


def _likeness(reference: Callable[[Any], Any], base: list[photographs.Photograph]) -> str:
    bits = []
    for image in [uploaded(picture.image, edit) for picture in base for edit in PLAIN_EDITS]:
        rgb = np.asarray(image)
        theirs, quality = reference(rgb)
        if quality >= MIN_QUALITY:
            ours = np.unpackbits(perceptual_hash.pdq_orientations(perceptual_hash.luma(rgb))[0])
            bits.append(int((ours != np.asarray(theirs)).sum()))
    return (
        f"bits that differ from pdqhash: median {statistics.median(bits):.0f}, 99 % within "
        f"{np.quantile(bits, 0.99):.0f}, at most {max(bits)} of 256; {len(bits)} pictures"
    )


if __name__ == "__main__":
    main()
