"""A service's rules, frozen as the engine takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

TEXT_SUFFIX = "tii"
"""Ends the code of every label whose risk lies in text inside the picture."""


@dataclass(frozen=True, slots=True)
class LabelPolicy:
    """How one service treats one label.

    enabled: whether the service looks for it; a bound library or vocabulary works regardless.
    medium_risk_score, high_risk_score: percent, 0 to 100.
    image_library_id, vocabulary_id: bound to the label, None if there is none.
    """

    label: str
    enabled: bool = True
    medium_risk_score: float = 60.0
    high_risk_score: float = 80.0
    image_library_id: int | None = None
    vocabulary_id: int | None = None


@dataclass(frozen=True)
class Ruleset:
    """A service's scope, scores, libraries and vocabularies at one version.

    label_policies: in the service's own order.
    max_side_px: longest side that the service accepts.
    uses_large_model: whether the large-model detector takes part.
    """

    service: str
    version: int
    label_policies: tuple[LabelPolicy, ...]
    exempt_library_ids: frozenset[int] = frozenset()
    ignored_vocabulary_ids: frozenset[int] = frozenset()
    max_side_px: int = 30_000
    uses_large_model: bool = False

    @cached_property
    def policies(self) -> Mapping[str, LabelPolicy]:
        """Map each label of the service to its policy."""
        return {policy.label: policy for policy in self.label_policies}

    @cached_property
    def labels(self) -> frozenset[str]:
        """Return all labels of the service, switched on or not."""
        return frozenset(self.policies)

    @cached_property
    def checks_text(self) -> bool:
        """Say whether any label needs the text in the picture to be read."""
        return any(policy.label.endswith(TEXT_SUFFIX) for policy in self.label_policies)

    @cached_property
    def blocklist_ids(self) -> frozenset[int]:
        """Return the image libraries that are bound to labels."""
        return frozenset(
            policy.image_library_id
            for policy in self.label_policies
            if policy.image_library_id is not None
        )

    @cached_property
    def flagged_vocabulary_ids(self) -> frozenset[int]:
        """Return the vocabularies that are bound to labels."""
        return frozenset(
            policy.vocabulary_id
            for policy in self.label_policies
            if policy.vocabulary_id is not None
        )

    def to_document(self) -> dict[str, Any]:
        """Return the ruleset as JSON-ready values, fit for from_document()."""
        return {
            "service": self.service,
            "version": self.version,
            "label_policies": [asdict(policy) for policy in self.label_policies],
            "exempt_library_ids": sorted(self.exempt_library_ids),
            "ignored_vocabulary_ids": sorted(self.ignored_vocabulary_ids),
            "max_side_px": self.max_side_px,
            "uses_large_model": self.uses_large_model,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read what to_document() wrote."""
        return cls(
            service=document["service"],
            version=document["version"],
            label_policies=tuple(LabelPolicy(**policy) for policy in document["label_policies"]),
            exempt_library_ids=frozenset(document["exempt_library_ids"]),
            ignored_vocabulary_ids=frozenset(document["ignored_vocabulary_ids"]),
            max_side_px=document["max_side_px"],
            uses_large_model=document["uses_large_model"],
        )
