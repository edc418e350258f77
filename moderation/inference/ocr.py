"""Reads the text in a picture with PP-OCRv6, whose networks come with the rapidocr package."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from moderation.detection import TextLine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moderation.image import LoadedImage

_DETECTION_NETWORK = "PP-OCRv6_det_small.onnx"
_RECOGNITION_NETWORK = "PP-OCRv6_rec_small.onnx"
_SHORTEST_SIDE_PX = 32
_DETECTION_SIDE_PX = 640  # as exact as the package's default on screenshots, at half the cost
_SAME_ROW_SHARE = 0.5


class TextNetworkMissing(RuntimeError):
    """A network of the text reader is not where its package puts it."""


class TextReader:
    """Reads Chinese and Latin text; safe to call from several threads at once.

    threads: threads inside one inference.

    Raises TextNetworkMissing if the installed package lacks a network; it never downloads one.
    """

    def __init__(self, threads: int = 1) -> None:
        self._engine = _engine(threads)
        self._warm()

    def read(self, image: LoadedImage) -> tuple[TextLine, ...]:
        """Return the lines of text, in reading order, boxes in pixels of the original."""
        return tuple(
            TextLine(found.text, image.to_original(*found.rectangle), found.confidence)
            for found in _in_reading_order(self._lines(image.pixels))
        )

    def _lines(self, rgb: NDArray[np.uint8]) -> list[_FoundLine]:
        # All switches on every call: one that is passed once would hold for later calls.
        # The engine keeps nothing of a picture between its steps, so threads may share it.
        bgr = _thick_enough(np.ascontiguousarray(rgb[:, :, ::-1]))
        answer = self._engine(bgr, use_det=True, use_cls=False, use_rec=True)
        boxes: Any = getattr(answer, "boxes", None)
        texts: Sequence[str] | None = getattr(answer, "txts", None)
        if boxes is None or texts is None:
            return []
        return [
            _FoundLine.from_corners(text, corners, score)
            for text, corners, score in zip(texts, boxes, answer.scores, strict=True)
        ]

    def _warm(self) -> None:
        """Load both networks now; the engine would wait for the first picture with text."""
        plain = np.full((96, 320, 3), 255, np.uint8)
        self._engine(plain, use_det=False, use_cls=False, use_rec=True)
        self._lines(plain)


def _thick_enough(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Continue the last row or column of a thin strip, which the engine could not scale."""
    below, beside = (max(0, _SHORTEST_SIDE_PX - side) for side in bgr.shape[:2])
    if not below and not beside:
        return bgr
    return np.pad(bgr, ((0, below), (0, beside), (0, 0)), mode="edge")


@dataclass(frozen=True, slots=True)
class _FoundLine:
    """A line in working pixels; confidence is 0 to 100."""

    text: str
    rectangle: tuple[float, float, float, float]
    confidence: float

    @classmethod
    def from_corners(cls, text: str, corners: NDArray[np.float32], score: float) -> _FoundLine:
        """Take the upright rectangle around four corners."""
        left, top = (float(value) for value in corners.min(axis=0))
        right, bottom = (float(value) for value in corners.max(axis=0))
        confidence = round(float(score) * 100, 2)
        return cls(text.strip(), (left, top, right - left, bottom - top), confidence)

    @property
    def middle(self) -> float:
        return self.rectangle[1] + self.rectangle[3] / 2

    @property
    def left(self) -> float:
        return self.rectangle[0]


def _in_reading_order(lines: Iterable[_FoundLine]) -> list[_FoundLine]:
    """Sort by rows from the top, and within a row from the left."""
    rows: list[list[_FoundLine]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and line.middle - rows[-1][0].middle < _SAME_ROW_SHARE * _height(rows[-1][0]):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.left)]


def _height(line: _FoundLine) -> float:
    return line.rectangle[3]


def _engine(threads: int) -> Any:
    # Imported late: the package takes half a second, which pages that read no text need not pay.
    from rapidocr import RapidOCR  # noqa: PLC0415 - see above

    detection, recognition = _network_paths()
    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Det.model_path": str(detection),
            "Det.limit_type": "max",
            "Det.limit_side_len": _DETECTION_SIDE_PX,
            "Rec.model_path": str(recognition),
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    return engine


def _network_paths() -> tuple[Path, Path]:
    """Return the files of both networks; naming them keeps the package from downloading."""
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise TextNetworkMissing("The package rapidocr is not installed; install requirements.txt.")
    folder = Path(spec.origin).parent / "models"
    paths = folder / _DETECTION_NETWORK, folder / _RECOGNITION_NETWORK
    for path in paths:
        if not path.is_file():
            raise TextNetworkMissing(f"{path} is missing; install rapidocr as pinned.")
    return paths
