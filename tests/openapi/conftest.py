"""An access key with services, and an engine that answers at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unittest.mock import patch

import pytest

from console.models import AccessKey, Account
from moderation.catalogue import load_catalogue
from results.models import DetectionResult
from results.services import Submission
from rules.models import Service
from tests.factories import AccessKeyFactory
from tests.openapi.signing import PLAIN_SECRET


@pytest.fixture(autouse=True)
def no_redis(settings, tmp_path):
    """Count calls in this process, and anew for each test."""
    settings.REDIS_URL = f"unix://{tmp_path / 'nobody-listens.sock'}"


@pytest.fixture
def access_key(account: Account) -> AccessKey:
    """A key of an account that has all services, without their rules."""
    Service.objects.bulk_create(
        Service(account=account, code=code, name=definition.name, built_in_code=code)
        for code, definition in load_catalogue().services.items()
    )
    return AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET)


@pytest.fixture
def submissions() -> Iterator[list[Submission]]:
    """Put an engine that finds a QR code and some text in the place of the real one.

    Yields what was submitted to it.
    """
    submitted: list[Submission] = []

    def moderate_each(
        *, services: Sequence[Service], submission: Submission
    ) -> list[DetectionResult]:
        submitted.append(submission)
        return [result_of(submission, service) for service in services]

    with patch("results.services.moderate_each", moderate_each):
        yield submitted


def result_of(submission: Submission, service: Service) -> DetectionResult:
    """Return a result as the engine stores it."""
    box = {"x": 10, "y": 20, "w": 30, "h": 40}
    evidence = {"text": "heroin", "box": box, "line": "buy heroin here"}
    detection = {
        "label": "contraband_drug_tii",
        "confidence": 91.5,
        "detector": "text_risk",
        "evidence": [evidence],
    }
    return DetectionResult(
        request_id=submission.request_id,
        data_id=submission.data_id,
        service_code=service.code,
        risk_level="high",
        labels=[
            {"label": "contraband_drug_tii", "confidence": 91.5, "risk_level": "high"},
            {"label": "pt_qrCode", "confidence": 71.02, "risk_level": "medium"},
        ],
        findings={
            "findings": {"detections": [detection], "image_matches": [], "keyword_matches": []},
            "text_lines": [{"text": "buy heroin here", "box": box, "confidence": 99.0}],
            "detectors": [["text_risk", "1"]],
            "large_model_text": "",
        },
    )
