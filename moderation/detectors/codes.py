"""QR codes."""

from __future__ import annotations

from importlib.metadata import version

import cv2
import zxingcpp

from moderation.context import ImageContext
from moderation.detection import Detection, Evidence
from moderation.detectors.signals import coverage_of, signals_of
from moderation.image import LoadedImage

FORMATS = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.MicroQRCode]
)
MAX_TEXT = 500


class CodeDetector:
    """Reads QR codes; what they say is the evidence."""

    name = "codes"
    version = f"zxing-cpp-{version('zxing-cpp')}"
    licence = "Apache-2.0"
    coverage = coverage_of(signals_of(name).values())

    def detect(self, context: ImageContext) -> list[Detection]:
        """Read all codes in the picture; one detection tells of all of them."""
        codes = zxingcpp.read_barcodes(
            cv2.cvtColor(context.rgb, cv2.COLOR_RGB2GRAY), formats=FORMATS
        )
        evidence = [_evidence(code, context.image) for code in codes if code.valid]
        signal = signals_of(self.name)["QR code"]
        return signal.detections(1.0, evidence) if evidence else []


def _evidence(code: zxingcpp.Barcode, image: LoadedImage) -> Evidence:
    corners = code.position
    points = (corners.top_left, corners.top_right, corners.bottom_right, corners.bottom_left)
    left, right = min(point.x for point in points), max(point.x for point in points)
    top, bottom = min(point.y for point in points), max(point.y for point in points)
    box = image.to_original(left, top, right - left, bottom - top)
    return Evidence(f"QR code: {code.text[:MAX_TEXT]}", box)
