"""Services, their rules and the catalogue as programs read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from moderation.catalogue import DetectionType, Label, ServiceDefinition, load_catalogue
from moderation.ruleset import TEXT_SUFFIX, LabelPolicy, Ruleset
from openapi.timestamps import server_time
from rules.models import Service

_SCENES = {"prohibited": "contraband"}
"""Scenes that have another code than their detection type."""

IN_USE = "in"
Document = dict[str, Any]


IMAGE = "image"
"""The type of all that is moderated here."""


def service_document(service: Service, uid: str) -> Document:
    """Return a service that was loaded with_saved_at(); uid is its account's."""
    saved_at: datetime = service.saved_at  # type: ignore[attr-defined]  # annotated
    ignored = sorted(one.vocabulary_id for one in service.ignored_vocabularies.all())
    return {
        "ServiceCode": service.code,
        "ServiceName": service.name or service.code,
        "ServiceDesc": service.description,
        "CopyFrom": service.built_in_code if service.is_copy else "",
        "ResourceType": IMAGE,
        "UseStatus": IN_USE,
        "Uid": uid,
        "GmtModified": server_time(saved_at),
        "CustomServiceConf": {"KeywordFilterLibs": _ids(ignored)},
    }


def factory_ruleset(definition: ServiceDefinition) -> Ruleset:
    """Return the rules that a service is installed with."""
    policies = [
        LabelPolicy(label.code, enabled=label.default_on)
        for label in load_catalogue().labels_of(definition.code)
    ]
    return Ruleset(service=definition.code, version=0, label_policies=tuple(policies))


def scene_of(detection_type: str) -> str:
    """Return the code under which programs know a detection type."""
    return _SCENES.get(detection_type, detection_type)


def detection_type_of(scene: str) -> str | None:
    """Return the detection type that a program names by its own code or by the catalogue's."""
    types = load_catalogue().detection_types
    return next((code for code in types if scene in (code, scene_of(code))), None)


def labels_of(ruleset: Ruleset, detection_type: str) -> frozenset[str]:
    """Return the labels of a type that a service has; none if it does not have the type."""
    for one, labels in _labels_by_type(ruleset):
        if one.code == detection_type:
            return frozenset(label.code for label, _policy in labels)
    return frozenset()


def scene_documents(ruleset: Ruleset, *, only: str | None = None) -> list[Document]:
    """Return the labels by detection type, in the catalogue's order.

    only: this detection type.
    """
    return [
        {
            "Scene": scene_of(one.code),
            "SceneName": one.name,
            "Labels": [label_document(label, policy) for label, policy in labels],
        }
        for one, labels in _labels_by_type(ruleset)
        if only in (None, one.code)
    ]


def label_documents(ruleset: Ruleset) -> list[Document]:
    """Return the labels as scene_documents() does, each with its scene, in one list."""
    return [
        label_document(label, policy) | {"Scene": scene_of(one.code), "SceneName": one.name}
        for one, labels in _labels_by_type(ruleset)
        for label, policy in labels
    ]


def label_choices(ruleset: Ruleset) -> list[Document]:
    """Return the labels by which results can be filtered."""
    return [
        {"Label": label.code, "Description": label.name, "Scene": scene_of(one.code)}
        for one, labels in _labels_by_type(ruleset)
        for label, _policy in labels
    ]


def label_document(label: Label, policy: LabelPolicy) -> Document:
    """Return what a service does about a label; there are no finer switches than labels."""
    return {
        "Label": label.code,
        "Description": label.name,
        "Tii": label.code.endswith(TEXT_SUFFIX),
        "Enabled": policy.enabled,
        "MediumScore": _number(policy.medium_risk_score),
        "HighScore": _number(policy.high_risk_score),
        "Items": [],
        "ImageLibs": _ids([policy.image_library_id]),
        "KeywordLibs": _ids([policy.vocabulary_id]),
    }


def configuration_document(ruleset: Ruleset, *, only: str | None = None) -> Document:
    """Return all that a service's rules say; only: of the labels, those of a detection type."""
    return {
        "Scenes": scene_documents(ruleset, only=only),
        "KeywordFilterLibs": _ids(sorted(ruleset.ignored_vocabulary_ids)),
        "FreeInspectionLibs": _ids(sorted(ruleset.exempt_library_ids)),
    }


def _labels_by_type(
    ruleset: Ruleset,
) -> Iterable[tuple[DetectionType, list[tuple[Label, LabelPolicy]]]]:
    """Return the types that a service has, each with its labels in the service's order."""
    catalogue = load_catalogue()
    known = [policy for policy in ruleset.label_policies if policy.label in catalogue.labels]
    for code, detection_type in catalogue.detection_types.items():
        labels = [(catalogue.labels[policy.label], policy) for policy in known]
        if of_type := [pair for pair in labels if pair[0].detection_type == code]:
            yield detection_type, of_type


def _number(score: float) -> float:
    """Return a score as people write it: 60 and not 60.0."""
    return int(score) if score == int(score) else score


def _ids(ids: Iterable[int | None]) -> list[str]:
    return [str(pk) for pk in ids if pk is not None]
