"""NudeNet: body parts, covered and exposed; an optional package under AGPL-3.0."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from moderation.detection import Box
from moderation.inference.resizing import resized
from moderation.inference.sessions import open_session

MODEL_PACKAGE = "nudenet"
MODEL_FILE = "320n.onnx"
SIDE_PX = 320
SCORE_START = 0.2
NMS_IOU = 0.45
CLASS_OFFSET_PX = 4096  # moves the classes apart, so that one suppression serves them all

PARTS = (
    "FEMALE_GENITALIA_COVERED",
    "FACE_FEMALE",
    "BUTTOCKS_EXPOSED",
    "FEMALE_BREAST_EXPOSED",
    "FEMALE_GENITALIA_EXPOSED",
    "MALE_BREAST_EXPOSED",
    "ANUS_EXPOSED",
    "FEET_EXPOSED",
    "BELLY_COVERED",
    "FEET_COVERED",
    "ARMPITS_COVERED",
    "ARMPITS_EXPOSED",
    "FACE_MALE",
    "BELLY_EXPOSED",
    "MALE_GENITALIA_EXPOSED",
    "ANUS_COVERED",
    "FEMALE_BREAST_COVERED",
    "BUTTOCKS_COVERED",
)


class NudeNetMissing(Exception):
    """NudeNet is switched on but not installed."""

    def __init__(self) -> None:
        super().__init__(
            "NudeNet is switched on but not installed; install it with "
            '"pip install --no-deps -r requirements-nudenet.txt" or switch it off.'
        )


@dataclass(frozen=True, slots=True)
class BodyPart:
    """One body part; name is one of PARTS, score 0 to 1, box in working pixels."""

    name: str
    score: float
    box: Box


class NudeNet:
    """Runs the network; shared by threads.

    The package's own code is not used: it feeds the colours in the wrong order, and its
    loops take half of the time.

    Raises NudeNetMissing if the package is not installed.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._session = open_session(str(model_path()), threads=threads)

    def run(self, rgb: NDArray[np.uint8]) -> tuple[BodyPart, ...]:
        """Return the body parts in a picture, shape (height, width, 3), surest first."""
        pixels, scale = _prepared(rgb)
        (output,) = self._session.run(None, {"images": pixels})
        return body_parts_of(output[0].T, scale, rgb.shape)


def model_path() -> Path:
    """Return where the installed network is.

    Raises NudeNetMissing if the package is not installed.
    """
    spec = find_spec(MODEL_PACKAGE)
    if spec is None or spec.origin is None:
        raise NudeNetMissing
    return Path(spec.origin).with_name(MODEL_FILE)


def _prepared(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
    """Fit the picture into the upper left of a black square; return that and the scale."""
    height, width = rgb.shape[:2]
    scale = SIDE_PX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    square = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    square[: size[1], : size[0]] = resized(rgb, *size)
    pixels = np.ascontiguousarray(square.transpose(2, 0, 1)[None], np.float32)
    pixels /= 255
    return pixels, scale


def body_parts_of(
    rows: NDArray[np.float32], scale: float, shape: tuple[int, ...]
) -> tuple[BodyPart, ...]:
    """Read rows of (centre x, centre y, width, height, a score for each of PARTS)."""
    classes = rows[:, 4:].argmax(axis=1)
    scores = rows[:, 4:].max(axis=1)
    kept = scores >= SCORE_START
    centres, sizes = rows[kept, :2] / scale, rows[kept, 2:4] / scale
    classes, scores = classes[kept], scores[kept]
    corners = centres - sizes / 2
    apart = np.hstack([corners + CLASS_OFFSET_PX * classes[:, None] / scale, sizes])
    best = cv2.dnn.NMSBoxes(apart.tolist(), scores.tolist(), SCORE_START, NMS_IOU)
    return tuple(
        BodyPart(PARTS[classes[i]], float(scores[i]), _box(corners[i], sizes[i], shape))
        for i in np.asarray(best, dtype=int).flatten()
    )


def _box(corner: NDArray[np.float32], size: NDArray[np.float32], shape: tuple[int, ...]) -> Box:
    """Cut a rectangle to the picture."""
    limits = np.array([shape[1], shape[0]])
    low = np.clip(corner, 0, limits)
    high = np.clip(corner + size, 0, limits)
    x, y, w, h = (round(float(value)) for value in (*low, *(high - low)))
    return Box(x, y, w, h)
