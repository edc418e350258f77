"""All networks of a process, loaded and warmed together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import cv2
import numpy as np

from moderation.config import EngineConfig
from moderation.inference.efficientnet import EfficientNet
from moderation.inference.faces import FaceFinder
from moderation.inference.nudenet import NudeNet
from moderation.inference.ocr import TextReader
from moderation.inference.open_nsfw import OpenNsfw

WARM_UP_SIDE_PX = 320

Loaded = TypeVar("Loaded")


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks that detectors share, each safe to call from several threads.

    nudenet: None if it is switched off.
    load_ms: how long each took to load, by the name of its field.
    """

    open_nsfw: OpenNsfw
    efficientnet: EfficientNet
    faces: FaceFinder
    ocr: TextReader
    nudenet: NudeNet | None = None
    load_ms: Mapping[str, float] = field(default_factory=dict)


def load_networks(config: EngineConfig) -> Networks:
    """Load all networks and run each once, so that the first call is not a slow one.

    Raises NudeNetMissing or WeightsRefused if an installed package is not as it must be.
    """
    cv2.setNumThreads(config.threads)
    threads = config.threads
    clock = _LoadClock()
    networks = Networks(
        open_nsfw=clock.time("open_nsfw", lambda: OpenNsfw(threads=threads)),
        efficientnet=clock.time(
            "efficientnet", lambda: EfficientNet(config.model_dir, threads=threads)
        ),
        faces=clock.time("faces", FaceFinder),
        ocr=clock.time("ocr", lambda: TextReader(threads)),
        nudenet=clock.time("nudenet", lambda: NudeNet(threads=threads)) if config.nudenet else None,
        load_ms=clock.load_ms,
    )
    _warm(networks)
    return networks


class _LoadClock:
    """Notes how long each network takes to load."""

    def __init__(self) -> None:
        self.load_ms: dict[str, float] = {}

    def time(self, name: str, load: Callable[[], Loaded]) -> Loaded:
        started = time.perf_counter()
        loaded = load()
        self.load_ms[name] = round((time.perf_counter() - started) * 1000, 1)
        return loaded


def _warm(networks: Networks) -> None:
    picture = np.full((WARM_UP_SIDE_PX, WARM_UP_SIDE_PX, 3), 127, np.uint8)
    networks.open_nsfw.score(picture)
    networks.efficientnet.run(picture)
    if networks.nudenet is not None:
        networks.nudenet.run(picture)
