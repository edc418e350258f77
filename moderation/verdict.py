"""From what was found in a picture to what a call answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from moderation.detection import Detection
from moderation.match import ImageMatch, KeywordMatch
from moderation.risk import RiskLevel, highest, level_of
from moderation.ruleset import TEXT_SUFFIX, LabelPolicy, Ruleset

NO_LABEL = "nonLabel"
EXEMPT_LABEL = "nonLabel_lib"
LIBRARY_SUFFIX = "_lib"
KEYWORD_CONFIDENCE_PERCENT = 99.0


@dataclass(frozen=True, slots=True)
class ReturnedLabel:
    """One label of an answer; confidence is percent with two decimals, None for nonLabel."""

    label: str
    confidence: float | None
    risk_level: RiskLevel


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a call answers: the returned labels, most serious first, and the picture's level."""

    risk_level: RiskLevel
    labels: tuple[ReturnedLabel, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found in a picture, before the ruleset says what it means.

    image_matches: with any library that the ruleset names, blocklist or exemption.
    keyword_matches: with any vocabulary that is bound to a label, ignored words cut out before.
    """

    detections: tuple[Detection, ...] = ()
    image_matches: tuple[ImageMatch, ...] = ()
    keyword_matches: tuple[KeywordMatch, ...] = ()


def judge(findings: Findings, ruleset: Ruleset) -> Verdict:
    """Say what the findings mean under the ruleset.

    An exemption wins over everything. A label of a bound library or vocabulary is returned
    even if the label itself is switched off, and is always high. Labels that several
    detectors found carry the highest confidence.
    """
    exemptions = [
        match for match in findings.image_matches if match.library_id in ruleset.exempt_library_ids
    ]
    if exemptions:
        similarity = max(match.similarity for match in exemptions)
        label = ReturnedLabel(EXEMPT_LABEL, round(similarity, 2), RiskLevel.NONE)
        return Verdict(RiskLevel.NONE, (label,))
    labels = _custom_labels(findings, ruleset) + _detected_labels(findings.detections, ruleset)
    if not labels:
        return Verdict(RiskLevel.NONE, (ReturnedLabel(NO_LABEL, None, RiskLevel.NONE),))
    labels.sort(key=lambda label: (-label.risk_level.rank, -(label.confidence or 0), label.label))
    return Verdict(highest(label.risk_level for label in labels), tuple(labels))


def _detected_labels(detections: Iterable[Detection], ruleset: Ruleset) -> list[ReturnedLabel]:
    confidences: dict[str, float] = {}
    for detection in detections:
        policy = ruleset.policies.get(detection.label)
        if policy is not None and policy.enabled:
            found_before = confidences.get(detection.label, 0.0)
            confidences[detection.label] = max(found_before, round(detection.confidence, 2))
    return [
        ReturnedLabel(label, confidence, _level(confidence, ruleset.policies[label]))
        for label, confidence in confidences.items()
    ]


def _level(confidence: float, policy: LabelPolicy) -> RiskLevel:
    return level_of(
        confidence,
        medium_risk_score=policy.medium_risk_score,
        high_risk_score=policy.high_risk_score,
    )


def _custom_labels(findings: Findings, ruleset: Ruleset) -> list[ReturnedLabel]:
    similarities: dict[int, float] = {}
    for match in findings.image_matches:
        found_before = similarities.get(match.library_id, 0.0)
        similarities[match.library_id] = max(found_before, match.similarity)
    vocabularies = {match.vocabulary_id for match in findings.keyword_matches}
    labels = []
    for policy in ruleset.label_policies:
        code = policy.label + LIBRARY_SUFFIX
        if policy.image_library_id is not None and policy.image_library_id in similarities:
            similarity = round(similarities[policy.image_library_id], 2)
            labels.append(ReturnedLabel(code, similarity, RiskLevel.HIGH))
        elif policy.vocabulary_id in vocabularies and policy.label.endswith(TEXT_SUFFIX):
            labels.append(ReturnedLabel(code, KEYWORD_CONFIDENCE_PERCENT, RiskLevel.HIGH))
    return labels
