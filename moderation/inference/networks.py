"""All networks of a process, loaded and warmed together."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from moderation.config import EngineConfig
from moderation.inference.efficientnet import EfficientNet
from moderation.inference.faces import FaceFinder
from moderation.inference.nudenet import NudeNet
from moderation.inference.ocr import TextReader
from moderation.inference.open_nsfw import OpenNsfw

WARM_UP_SIDE_PX = 320


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks that detectors share, each safe to call from several threads.

    nudenet: None if it is switched off.
    """

    open_nsfw: OpenNsfw
    efficientnet: EfficientNet
    faces: FaceFinder
    ocr: TextReader
    nudenet: NudeNet | None = None


def load_networks(config: EngineConfig) -> Networks:
    """Load all networks and run each once, so that the first call is not a slow one.

    Raises NudeNetMissing or WeightsRefused if an installed package is not as it must be.
    """
    cv2.setNumThreads(config.threads)
    networks = Networks(
        open_nsfw=OpenNsfw(threads=config.threads),
        efficientnet=EfficientNet(config.model_dir, threads=config.threads),
        faces=FaceFinder(),
        ocr=TextReader(config.threads),
        nudenet=NudeNet(threads=config.threads) if config.nudenet else None,
    )
    _warm(networks)
    return networks


def _warm(networks: Networks) -> None:
    picture = np.full((WARM_UP_SIDE_PX, WARM_UP_SIDE_PX, 3), 127, np.uint8)
    networks.open_nsfw.score(picture)
    networks.efficientnet.run(picture)
    networks.faces.run(picture)
    if networks.nudenet is not None:
        networks.nudenet.run(picture)
