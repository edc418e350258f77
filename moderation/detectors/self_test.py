"""Proves on drawn pictures that every detector works on this machine."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from moderation.context import ImageContext
from moderation.detectors.base import Detector
from moderation.detectors.large_model import LargeModelDetector
from moderation.detectors.registry import Registry
from moderation.errors import DetectorFailed
from moderation.image import LoadedImage
from moderation.inference.networks import Networks

# No harmless drawing is pornographic, so open_nsfw is held to what it says of draw_body().
BODY_PORN_LOG_ODDS = -6.396
TOLERANCE_LOG_ODDS = 0.7
ANALOG_CLOCK = 409  # the ImageNet class of draw_clock()

QR_TEXT = "self-test"
CONTACT_TEXT = "Add me on WhatsApp: +1 212 555 0147"

NETWORKS_OF: Mapping[str, tuple[str, ...]] = {
    "nudity": ("open_nsfw", "nudenet"),
    "objects": ("efficientnet",),
    "text rules": ("ocr",),
}


class SelfTestFailed(Exception):
    """A detector does not answer as it must."""


@dataclass(frozen=True, slots=True)
class DetectorCheck:
    """What the self-test says of one detector.

    load_ms: how long its networks took to load; 0 if it has none.
    detail: what was tried and what came out, one sentence.
    """

    name: str
    version: str
    licence: str
    labels: tuple[str, ...]
    load_ms: float
    passed: bool
    detail: str


def check(registry: Registry) -> list[DetectorCheck]:
    """Try every detector, and the large model if one is connected, on a drawn picture."""
    checks = [_check_one(detector, registry.networks) for detector in registry.detectors]
    if registry.large_model is not None:
        checks.append(_check_large_model(registry.large_model, registry.networks))
    return checks


def _check_one(detector: Detector, networks: Networks) -> DetectorCheck:
    passed, detail = _outcome(lambda: TESTS[detector.name](detector, networks))
    load_ms = sum(networks.load_ms.get(name, 0) for name in NETWORKS_OF.get(detector.name, ()))
    labels = tuple(coverage.label for coverage in detector.coverage)
    return DetectorCheck(
        detector.name, detector.version, detector.licence, labels, load_ms, passed, detail
    )


def _check_large_model(model: LargeModelDetector, networks: Networks) -> DetectorCheck:
    context = _context(draw_clock(), networks)
    started = time.perf_counter()
    passed, detail = _outcome(lambda: f"It answers: {model.ask(context, ['pt_qrCode']).text}")
    asked_ms = round((time.perf_counter() - started) * 1000, 1)
    return DetectorCheck(model.name, model.version, model.licence, (), asked_ms, passed, detail)


def _outcome(test: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, test()
    except (SelfTestFailed, DetectorFailed) as error:
        return False, str(error)


def _test_nudity(_: Detector, networks: Networks) -> str:
    score = networks.open_nsfw.score(draw_body())
    log_odds = math.log(score / (1 - score)) if 0 < score < 1 else math.inf
    if abs(log_odds - BODY_PORN_LOG_ODDS) > TOLERANCE_LOG_ODDS:
        raise SelfTestFailed(f"open_nsfw gives a drawn figure {score:.5f}, not as it must")
    if networks.nudenet is None:
        return "open_nsfw gives a drawn figure the score that it must."
    if "FEMALE_BREAST_EXPOSED" not in {part.name for part in networks.nudenet.run(draw_body())}:
        raise SelfTestFailed("NudeNet does not see the breasts of a drawn figure")
    return "open_nsfw gives a drawn figure the score that it must, NudeNet sees its breasts."


def _test_objects(_: Detector, networks: Networks) -> str:
    likeliest = int(networks.efficientnet.run(draw_clock()).probabilities.argmax())
    if likeliest != ANALOG_CLOCK:
        raise SelfTestFailed(f"a drawn clock is taken for class {likeliest}")
    return "A drawn clock was recognised."


def _test_codes(detector: Detector, networks: Networks) -> str:
    found = detector.detect(_context(_drawn_code(), networks))
    if not found or QR_TEXT not in found[0].evidence[0].text:
        raise SelfTestFailed("a drawn QR code was not read")
    return "A drawn QR code was read."


def _test_meaningless(detector: Detector, networks: Networks) -> str:
    if not detector.detect(_context(np.full((240, 320, 3), 90, np.uint8), networks)):
        raise SelfTestFailed("a picture of one colour was not found meaningless")
    if detector.detect(_context(draw_clock(), networks)):
        raise SelfTestFailed("a drawn clock was found meaningless")
    return "A picture of one colour was found meaningless, a drawn clock was not."


def _test_text(detector: Detector, networks: Networks) -> str:
    labels = [found.label for found in detector.detect(_context(_drawn_text(), networks))]
    if not labels:
        raise SelfTestFailed("a drawn line with contact details was not recognised")
    return f"A drawn line with contact details was recognised as {', '.join(labels)}."


TESTS: Mapping[str, Callable[[Detector, Networks], str]] = {
    "nudity": _test_nudity,
    "objects": _test_objects,
    "codes": _test_codes,
    "meaningless": _test_meaningless,
    "text rules": _test_text,
}


def draw_body() -> NDArray[np.uint8]:
    """Draw a bare upper body, as plainly as a sign would show it."""
    skin, shade, dark = (224, 172, 145), (214, 160, 132), (60, 40, 30)
    picture = np.full((360, 480, 3), (235, 230, 225), np.uint8)
    cv2.ellipse(picture, (240, 420), (170, 220), 0, 0, 360, skin, -1)
    for x in (170, 310):
        cv2.circle(picture, (x, 300), 70, shade, -1)
        cv2.circle(picture, (x, 310), 14, (170, 95, 85), -1)
    cv2.ellipse(picture, (240, 110), (70, 90), 0, 0, 360, skin, -1)
    cv2.ellipse(picture, (240, 60), (80, 55), 0, 180, 360, dark, -1)
    for x in (215, 265):
        cv2.circle(picture, (x, 100), 8, dark, -1)
    cv2.ellipse(picture, (240, 150), (25, 10), 0, 0, 180, (180, 60, 70), -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), np.uint8)


def draw_clock() -> NDArray[np.uint8]:
    """Draw a clock with twelve numbers and two hands."""
    picture = np.full((360, 360, 3), (235, 230, 225), np.uint8)
    cv2.circle(picture, (180, 180), 150, (30, 30, 30), 10)
    for hour in range(12):
        angle = hour * math.pi / 6
        at = (int(168 + 115 * math.sin(angle)), int(190 - 115 * math.cos(angle)))
        cv2.putText(picture, str(hour or 12), at, cv2.FONT_HERSHEY_SIMPLEX, 1, (20, 20, 20), 2)
    cv2.line(picture, (180, 180), (180, 90), (20, 20, 20), 6)
    cv2.line(picture, (180, 180), (240, 210), (20, 20, 20), 8)
    return picture


def _drawn_code() -> NDArray[np.uint8]:
    code = zxingcpp.create_barcode(QR_TEXT, zxingcpp.BarcodeFormat.QRCode)
    squares = np.asarray(code.to_image(scale=6), np.uint8)
    return cv2.cvtColor(squares, cv2.COLOR_GRAY2RGB).astype(np.uint8)


def _drawn_text() -> NDArray[np.uint8]:
    picture = Image.new("RGB", (1000, 120), "white")
    font = ImageFont.load_default(40)
    ImageDraw.Draw(picture).text((30, 35), CONTACT_TEXT, font=font, fill="black")
    return np.asarray(picture)


def _context(rgb: NDArray[np.uint8], networks: Networks) -> ImageContext:
    height, width = rgb.shape[:2]
    return ImageContext(LoadedImage("PNG", width, height, rgb, 0, ""), networks)
