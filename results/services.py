"""What writes detection results: moderating a picture and storing what came of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction

from console.files import write_file
from console.middleware import new_request_id
from console.models import AccessKey
from moderation.errors import ParameterInvalid
from moderation.fetch import fetch_image
from moderation.moderator import Moderation
from moderation.renditions import Renditions, render
from results import answers, engine, records
from results.cleaning import delete_files
from results.models import DetectionResult, ResultLabel
from results.uncounted import leave_uncounted
from rules.live import policies
from rules.models import Service
from rules.policy import Policy

PATIENCE_S = 5.0  # clients of the API wait ten seconds for an answer, and download takes three


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One picture that somebody wants moderated, and how.

    content: the encoded picture; None if url says where it is.
    name: a file's name, to be shown with the result; the URL if there is one.
    needs_text: read the text in the picture even if no label needs it.
    patience_s: how long to wait at most for other pictures; None for as long as it takes.
    """

    request_id: str
    source: DetectionResult.Source
    content: bytes | None = None
    url: str = ""
    referer: str = ""
    name: str = ""
    data_id: str = ""
    needs_text: bool = False
    access_key: AccessKey | None = None
    patience_s: float | None = None


def moderate(*, service: Service, submission: Submission) -> DetectionResult:
    """Moderate a picture under the service's live rules and store the result.

    Raises the subclasses of ModerationError that concern the download, the picture, a detector,
    or too many calls at once; nothing is stored then.
    """
    (result,) = moderate_each(services=(service,), submission=submission)
    return result


def moderate_each(*, services: Sequence[Service], submission: Submission) -> list[DetectionResult]:
    """Moderate a picture under several services of one account, as moderate() does under one.

    It is downloaded and decoded once. All results are stored or none; the first has the request
    id of the submission, the others ids of their own.
    """
    started = time.perf_counter()
    content = _download(submission) if submission.content is None else submission.content
    download_ms = _since_ms(started)
    policy = _policy_of(services)
    moderations = _judge(content, services, policy, submission)
    common = {
        **_submission_fields(submission),
        "policy_number": policy.number,
        "duration_ms": _since_ms(started),
    }
    results = [
        DetectionResult(
            account=service.account,
            service_code=service.code,
            steps=_steps(moderation, download_ms if submission.url else None),
            **common,
            **_verdict_fields(moderation, service),
        )
        for service, moderation in zip(services, moderations, strict=True)
    ]
    for result in results[1:]:
        result.request_id = new_request_id()
    original = content if services[0].account.keeps_originals else None
    _store(results, render(moderations[0].image), original)
    return results


def _judge(
    content: bytes, services: Sequence[Service], policy: Policy, submission: Submission
) -> list[Moderation]:
    recognised = {service.definition.recognises for service in services}
    return engine.moderator().moderate_each(
        content,
        [policy.rulesets[service.pk] for service in services],
        images=policy.images,
        keywords=policy.keywords,
        read_text=submission.needs_text or answers.RECOGNISES_TEXT in recognised,
        find_faces=answers.RECOGNISES_FACES in recognised,
        patience_s=submission.patience_s,
    )


def _policy_of(services: Sequence[Service]) -> Policy:
    """Return the account's policy; raises ParameterInvalid if a service has been deleted."""
    for service in services:
        policies.with_service(service)
    policy = policies.of(services[0].account_id)
    for service in services:
        if service.pk not in policy.rulesets:  # deleted this very moment
            raise ParameterInvalid(f"The service {service.code!r} has been deleted.")
    return policy


def _download(submission: Submission) -> bytes:
    networks = tuple(ip_network(network) for network in settings.FETCH_ALLOWED_NETWORKS)
    return fetch_image(submission.url, referer=submission.referer, allowed_networks=networks)


def _since_ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


def _steps(moderation: Moderation, download_ms: float | None) -> list[dict[str, Any]]:
    steps = [{"name": step.name, "duration_ms": step.duration_ms} for step in moderation.steps]
    if download_ms is not None:
        steps.insert(0, {"name": "download", "duration_ms": download_ms})
    return steps


def _submission_fields(submission: Submission) -> dict[str, Any]:
    return {
        "request_id": submission.request_id,
        "data_id": submission.data_id,
        "source": submission.source,
        "access_key": submission.access_key,
        "picture_name": submission.url or submission.name[:2048],
    }


def _verdict_fields(moderation: Moderation, service: Service) -> dict[str, Any]:
    image = moderation.image
    return {
        "ruleset_version": moderation.ruleset.version,
        "risk_level": moderation.verdict.risk_level.value,
        "labels": [
            {
                "label": label.label,
                "confidence": label.confidence,
                "risk_level": label.risk_level.value,
            }
            for label in moderation.verdict.labels
        ],
        "findings": records.to_json(moderation, recognised=service.definition.recognises),
        "fingerprint": moderation.fingerprint.to_bytes(),
        "picture_format": image.format,
        "width": image.width,
        "height": image.height,
        "size_bytes": image.size_bytes,
        "sha256": image.sha256,
    }


def _store(
    results: Sequence[DetectionResult], renditions: Renditions, original: bytes | None
) -> None:
    """Write the files first, so that no row points at a file that is not there."""
    try:
        for result in results:
            _write_files(result, renditions, original)
        _insert(results)
    except (DatabaseError, OSError):
        for result in results:
            if result.thumbnail:
                delete_files(result)
        raise


def _write_files(result: DetectionResult, renditions: Renditions, original: bytes | None) -> None:
    folder = f"{time.strftime('%Y/%m/%d', time.gmtime())}/{result.request_id}"
    write_file(result.thumbnail, f"{folder}/thumbnail.webp", renditions.thumbnail)
    write_file(result.preview, f"{folder}/preview.jpg", renditions.preview)
    if original is not None:
        write_file(result.original, f"{folder}/original", original)


@transaction.atomic
def _insert(results: Sequence[DetectionResult]) -> None:
    for result in results:
        result.save(force_insert=True)
        ResultLabel.objects.bulk_create(ResultLabel.rows_of(result))
    leave_uncounted(results[0].account, results)
