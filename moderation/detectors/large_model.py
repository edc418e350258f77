"""A connected large model: any vision endpoint that speaks the OpenAI protocol."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import httpx
import numpy as np
from numpy.typing import NDArray

from moderation.config import LargeModelConfig
from moderation.context import ImageContext
from moderation.detection import Detection
from moderation.detectors.large_model_answer import (
    AnswerMalformed,
    answer_format,
    instructions,
    read_findings,
)
from moderation.errors import DetectorFailed
from moderation.inference.resizing import resized

LONGEST_SIDE_PX = 1024
JPEG_QUALITY = 88
MAX_ANSWER_BYTES = 1_000_000
MAX_ANSWER_TOKENS = 2000
ATTEMPTS = 2
TRY_AGAIN_AFTER_S = 0.5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LargeModelAnswer:
    """What the large model said: word for word, and as detections."""

    text: str
    detections: tuple[Detection, ...]


class _AttemptFailed(Exception):
    """One call gave no answer; another may."""


class LargeModelDetector:
    """Asks the endpoint which of the labels it sees; shared by threads."""

    name = "large model"
    licence = "as the connected model"

    def __init__(self, config: LargeModelConfig) -> None:
        self.version = config.model
        self._config = config
        headers = {"Authorization": f"Bearer {config.api_key}"} if config.api_key else {}
        self._client = httpx.Client(headers=headers)
        self._url = config.base_url.rstrip("/") + "/chat/completions"

    def ask(self, context: ImageContext, labels: Collection[str]) -> LargeModelAnswer:
        """Ask which of the labels the picture shows.

        Raises DetectorFailed if there is no usable answer within the configured time.
        """
        if not labels:
            return LargeModelAnswer("", ())
        try:
            text = self._answer(_messages(context.rgb, labels), labels)
            findings = read_findings(text, labels)
        except (_AttemptFailed, AnswerMalformed) as error:
            logger.warning("the large model gave no usable answer: %s", error)
            raise DetectorFailed(self.name) from error
        detections = (finding.detection(self.name) for finding in findings)
        return LargeModelAnswer(text, tuple(detections))

    def _answer(self, messages: list[dict[str, Any]], labels: Collection[str]) -> str:
        """Call the endpoint, again without a schema if it does not know those."""
        deadline = time.monotonic() + self._config.timeout_s
        body: dict[str, Any] = {
            "model": self._config.model,
            "messages": messages,
            "temperature": 0,
            "max_tokens": MAX_ANSWER_TOKENS,
        }
        response = self._post(body | {"response_format": answer_format(labels)}, deadline)
        if response.status_code == httpx.codes.BAD_REQUEST:
            response = self._post(body, deadline)
        if response.is_success:
            return _content(response)
        raise _AttemptFailed(f"HTTP {response.status_code}")

    def _post(self, body: Mapping[str, Any], deadline: float) -> httpx.Response:
        """Post, and once more if the endpoint is away, busy or broken and time is left."""
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                response = self._post_once(body, deadline)
            except httpx.TransportError as error:
                if not attempts_left:
                    raise _AttemptFailed(type(error).__name__) from error
            else:
                if not (attempts_left and _may_pass(response)):
                    return response
            if time.monotonic() + TRY_AGAIN_AFTER_S >= deadline:
                break
            time.sleep(TRY_AGAIN_AFTER_S)
        raise _AttemptFailed("out of time")

    def _post_once(self, body: Mapping[str, Any], deadline: float) -> httpx.Response:
        """Post and read the answer under the deadline, however slowly it trickles in."""
        remaining_s = deadline - time.monotonic()
        if remaining_s <= 0:
            raise _AttemptFailed("out of time")
        content = bytearray()
        with self._client.stream("POST", self._url, json=body, timeout=remaining_s) as response:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MAX_ANSWER_BYTES:
                    raise _AttemptFailed("the answer is too long")
                if time.monotonic() > deadline:
                    raise _AttemptFailed("out of time")
        return httpx.Response(response.status_code, content=bytes(content))


def _may_pass(response: httpx.Response) -> bool:
    return response.is_server_error or response.status_code == httpx.codes.TOO_MANY_REQUESTS


def _content(response: httpx.Response) -> str:
    """Return the text of the first choice."""
    try:
        content = response.json()["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise AnswerMalformed("no chat completion") from error
    if not isinstance(content, str):
        raise AnswerMalformed("no text in the chat completion")
    return content


def _messages(rgb: NDArray[np.uint8], labels: Collection[str]) -> list[dict[str, Any]]:
    picture = {"type": "image_url", "image_url": {"url": _data_url(rgb)}}
    request = {"type": "text", "text": "Judge this picture."}
    return [
        {"role": "system", "content": instructions(labels)},
        {"role": "user", "content": [request, picture]},
    ]


def _data_url(rgb: NDArray[np.uint8]) -> str:
    """Return the picture as a JPEG of at most LONGEST_SIDE_PX, in a data: URL."""
    scale = min(1.0, LONGEST_SIDE_PX / max(rgb.shape[:2]))
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    bgr = cv2.cvtColor(resized(rgb, *size), cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()
