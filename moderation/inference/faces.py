"""Faces, by dlib's histogram-of-gradients detector."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import dlib
import numpy as np
from numpy.typing import NDArray

from moderation.detection import Box
from moderation.inference.resizing import resized

LONGEST_SIDE_PX = 800  # faces from a tenth of the picture's longest side on are found
SCORE_START = 0.2  # dlib's scores begin at 0; weak ones are cat faces and tree bark


@dataclass(frozen=True, slots=True)
class Face:
    """One face; box in working pixels, score from .2 to about 3, higher is surer."""

    box: Box
    score: float


class FaceFinder:
    """Runs the detector; shared by threads, each of which has a dlib object of its own."""

    def __init__(self) -> None:
        self._local = threading.local()

    def run(self, rgb: NDArray[np.uint8]) -> tuple[Face, ...]:
        """Return the faces in a picture, shape (height, width, 3), surest first."""
        scale = min(1.0, LONGEST_SIDE_PX / max(rgb.shape[:2]))
        found, scores, _ = self._detector().run(_shrunk(rgb, scale), 0, SCORE_START)
        return tuple(
            Face(_box(rectangle, scale, rgb.shape), float(score))
            for rectangle, score in zip(found, scores, strict=True)
        )

    def _detector(self) -> dlib.fhog_object_detector:
        if not hasattr(self._local, "detector"):
            self._local.detector = dlib.get_frontal_face_detector()
        return self._local.detector


def _shrunk(rgb: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale == 1:
        return np.ascontiguousarray(rgb)
    height, width = rgb.shape[:2]
    return resized(rgb, max(1, round(width * scale)), max(1, round(height * scale)))


def _box(rectangle: dlib.rectangle, scale: float, shape: tuple[int, ...]) -> Box:
    """Scale a rectangle back and cut it to the picture, which dlib's may leave."""
    height, width = shape[:2]
    left, right = (
        min(max(round(x / scale), 0), width) for x in (rectangle.left(), rectangle.right() + 1)
    )
    top, bottom = (
        min(max(round(y / scale), 0), height) for y in (rectangle.top(), rectangle.bottom() + 1)
    )
    return Box(left, top, right - left, bottom - top)
