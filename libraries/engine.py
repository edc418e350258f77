"""The detectors and networks of this process: loaded once, shared by its threads."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import lru_cache
from threading import Lock

from libraries.engine_config import engine_config
from moderation.context import ImageContext
from moderation.detectors.registry import Registry, load_registry
from moderation.fingerprint import Fingerprint, fingerprint_of
from moderation.image import LoadedImage
from moderation.slots import Slots

_loading = Lock()
_place = Slots(1)  # samples are worked on one at a time, so that the calls keep the other cores
_background_places = Slots(os.cpu_count() or 1)


def registry() -> Registry:
    """Return the process's registry; the first call loads the networks, about two seconds."""
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Registry:
    return load_registry(engine_config())


def fingerprint_of_image(image: LoadedImage) -> Fingerprint:
    """Compute the fingerprint of a picture that is no part of a moderation."""
    networks = registry().networks
    with _place.taken():
        return fingerprint_of(ImageContext(image, networks))


def background_place() -> AbstractContextManager[None]:
    """Return one of as many places as there are cores, for threads that give way to others."""
    return _background_places.taken()


def fingerprint_in_background(image: LoadedImage) -> Fingerprint:
    """Compute the fingerprint of a picture for a thread that has a background_place()."""
    return fingerprint_of(ImageContext(image, registry().networks))
