"""Objects that EfficientNet-Lite2 knows."""

from __future__ import annotations

from moderation.context import ImageContext
from moderation.detection import Detection, Evidence
from moderation.detectors.signals import Signal, class_name, coverage_of, signals_of, strongest
from moderation.inference.efficientnet import ObjectScores

EVIDENCE_CLASSES = 3


class ObjectDetector:
    """Finds weapons, alcohol, religious buildings and more among the ImageNet classes."""

    name = "objects"
    version = "efficientnet-lite2-1"
    licence = "Apache-2.0"

    def __init__(self) -> None:
        self._signals = signals_of(self.name)
        self.coverage = coverage_of(self._signals.values())

    def detect(self, context: ImageContext) -> list[Detection]:
        """Add up the probabilities of each signal's classes."""
        return strongest(
            detection
            for signal in self._signals.values()
            for detection in _detections(signal, context.objects)
        )


def _detections(signal: Signal, objects: ObjectScores) -> list[Detection]:
    score = float(objects.probabilities[list(signal.classes)].sum())
    if score < signal.calibration.start:
        return []
    likeliest = sorted(signal.classes, key=lambda number: -objects.probabilities[number])
    names = [
        class_name(number) for number in likeliest if objects.probabilities[number] > score / 5
    ]
    return signal.detections(score, [Evidence(", ".join(names[:EVIDENCE_CLASSES]))])
