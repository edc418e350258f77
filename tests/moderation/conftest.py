"""The networks, loaded once for all tests of the engine."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from moderation.config import EngineConfig
from moderation.context import ImageContext
from moderation.detectors.registry import Registry, load_registry
from moderation.image import ImageLimits, load_image

PROJECT_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """Return where converted networks are cached, so that a second run is quicker."""
    return Path(os.environ.get("MODEL_DIR") or PROJECT_ROOT / "var" / "models")


@pytest.fixture(scope="session")
def registry(model_dir: Path) -> Registry:
    """Return the default detectors with their networks loaded."""
    return load_registry(EngineConfig(model_dir))


@pytest.fixture(scope="session")
def seen(registry: Registry) -> Callable[[bytes], ImageContext]:
    """Return a function that shows an encoded picture to the networks."""

    def show(content: bytes) -> ImageContext:
        return ImageContext(load_image(content, ImageLimits()), registry.networks)

    return show
