"""Library images for tests that are not about networks."""

from __future__ import annotations

from dataclasses import replace

from libraries.adding import add_samples
from libraries.drawn_samples import drawn_samples
from libraries.models import ImageLibrary, LibraryImage
from libraries.samples import Sample
from moderation.image import ImageLimits, load_image
from moderation.renditions import render_sample
from tests import pictures


def fill(library: ImageLibrary, count: int = 1, *, seed: int = 0) -> list[LibraryImage]:
    """Add drawn samples, of which there is only the hash; another seed gives other ones."""
    samples = list(drawn_samples(count, seed=seed))
    images = [
        outcome
        for outcome in add_samples(library=library, samples=samples, author=None)
        if isinstance(outcome, LibraryImage)
    ]
    assert len(images) == count
    return images


def add_shown(
    library: ImageLibrary, name: str = "rocket.jpg", *, photo: str = "rocket", seed: int = 1
) -> LibraryImage:
    """Add an image that has a picture to show."""
    image = load_image(pictures.photo_file(photo), ImageLimits())
    sample = replace(
        _drawn(seed),
        name=name,
        digest=f"{seed:064x}",
        renditions=render_sample(image),
        picture_format=image.format,
        width=image.width,
        height=image.height,
        size_bytes=image.size_bytes,
    )
    [outcome] = add_samples(library=library, samples=[sample], author=None)
    assert isinstance(outcome, LibraryImage)
    return outcome


def _drawn(seed: int) -> Sample:
    return next(drawn_samples(1, seed=10_000 + seed))
