"""Pictures that show nothing."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from moderation.context import ImageContext
from moderation.detection import Detection, Evidence
from moderation.detectors.signals import coverage_of, signals_of
from moderation.inference.resizing import resized

SIDE_PX = 256
TILE_PX = 32
TILES = SIDE_PX // TILE_PX
GREY_STEP = 8
EDGE_FROM, EDGE_TO = 40, 120  # Canny's two thresholds
TILE_EDGE = 1.5  # mean of a tile's edge map, 0 to 255, from which the tile has an edge
FEW_TILES = 0.03
LITTLE_ENTROPY_BITS = 3.2
NO_ENTROPY_BITS = 0.6
NOISE_EDGE = 0.33
NOISE_STRUCTURE = 4.0
BLUR_SIGMA_PX = 8


@dataclass(frozen=True, slots=True)
class PictureStatistics:
    """How much there is to see in a picture.

    edges: share of the pixels that are edges. tiles: share of the tiles that have an edge.
    entropy_bits: of the grey values in steps of 8, 0 to 5.
    structure: standard deviation of the heavily blurred grey values.
    """

    edges: float
    tiles: float
    entropy_bits: float
    structure: float


def statistics_of(rgb: NDArray[np.uint8]) -> PictureStatistics:
    """Measure a picture, shape (height, width, 3)."""
    grey = cv2.cvtColor(resized(rgb, SIDE_PX, SIDE_PX), cv2.COLOR_RGB2GRAY)
    edges = np.asarray(cv2.Canny(grey, EDGE_FROM, EDGE_TO), np.float32)
    tiles = edges.reshape(TILES, TILE_PX, TILES, TILE_PX).mean(axis=(1, 3))
    shares = np.bincount((grey // GREY_STEP).ravel().astype(np.intp)) / grey.size
    shares = shares[shares > 0]
    return PictureStatistics(
        edges=float(edges.mean() / 255),
        tiles=float((tiles > TILE_EDGE).mean()),
        entropy_bits=float(-(shares * np.log2(shares)).sum()),
        structure=float(cv2.GaussianBlur(grey, (0, 0), BLUR_SIGMA_PX).astype(np.float32).std()),
    )


def emptiness(seen: PictureStatistics) -> tuple[float, str]:
    """Return how empty a picture is, 0 to 1, and why; 0 if there is something to see."""
    if seen.edges > NOISE_EDGE and seen.structure < NOISE_STRUCTURE:
        return 1.0, "noise"
    if seen.entropy_bits < NO_ENTROPY_BITS:
        return 1.0, "a single colour"
    if seen.tiles == 0:
        return 1.0, "no edge anywhere"
    if seen.tiles <= FEW_TILES and seen.entropy_bits < LITTLE_ENTROPY_BITS:
        return 1 - seen.tiles, "almost nothing but one colour"
    return 0.0, ""


class MeaninglessDetector:
    """Finds pictures without content; text counts as content."""

    name = "meaningless"
    version = "1"
    licence = "Apache-2.0"
    coverage = coverage_of(signals_of(name).values())

    def detect(self, context: ImageContext) -> list[Detection]:
        """Measure the picture; read its text only if it seems empty."""
        score, reason = emptiness(statistics_of(context.rgb))
        if not score or context.text_lines:
            return []
        return signals_of(self.name)["meaningless picture"].detections(score, [Evidence(reason)])
