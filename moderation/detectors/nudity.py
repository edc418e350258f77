"""Pornography, nudity and suggestive pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from moderation.context import ImageContext
from moderation.detection import Detection, Evidence
from moderation.detectors.signals import coverage_of, signals_of, strongest
from moderation.inference.nudenet import BodyPart

GENITALS_AND_BREASTS = frozenset(
    {
        "FEMALE_GENITALIA_EXPOSED",
        "MALE_GENITALIA_EXPOSED",
        "ANUS_EXPOSED",
        "FEMALE_BREAST_EXPOSED",
        "BUTTOCKS_EXPOSED",
    }
)
HALF_NAKED = frozenset({"FEMALE_BREAST_EXPOSED", "BUTTOCKS_EXPOSED"})
COVERED = frozenset({"FEMALE_BREAST_COVERED", "FEMALE_GENITALIA_COVERED", "BUTTOCKS_COVERED"})
# Faces are left out: NudeNet takes one in twelve cats and dogs for one.
SKIN = frozenset({"BELLY_EXPOSED", "ARMPITS_EXPOSED", "MALE_BREAST_EXPOSED"}) | GENITALS_AND_BREASTS

CONFIRMING_PORN_SCORE = 0.3
SUGGESTIVE_PORN_SCORE = 0.2
SURE_PART = 0.5
OTHER_PART = 0.3


class NudityDetector:
    """Judges nudity by open_nsfw, and by NudeNet's body parts where that is installed.

    The two networks err in different places, so that exposed parts count as pornography only
    if open_nsfw finds the picture doubtful too.
    """

    name = "nudity"

    def __init__(self, *, with_nudenet: bool) -> None:
        self._signals = signals_of(self.name, with_nudenet=with_nudenet)
        self.version = "open-nsfw-1.0.0" + ("+nudenet-3.4.2" if with_nudenet else "")
        self.licence = "MIT AND BSD-2-Clause" + (" AND AGPL-3.0-only" if with_nudenet else "")
        self.coverage = coverage_of(self._signals.values())

    def detect(self, context: ImageContext) -> list[Detection]:
        """Return pornography or, short of it, the suggestive labels."""
        pornography = self._pornography(context)
        milder = [] if pornography else self._suggestive(context)
        return strongest([*pornography, *milder, *self._body_labels(context)])

    def _pornography(self, context: ImageContext) -> list[Detection]:
        found = self._signals["pornography"].detections(
            context.porn_score, [Evidence("the picture as a whole")]
        )
        if context.porn_score >= CONFIRMING_PORN_SCORE:
            found += self._parts_signal("exposed parts", context, GENITALS_AND_BREASTS)
        return found

    def _suggestive(self, context: ImageContext) -> list[Detection]:
        return self._signals["suggestive"].detections(
            context.porn_score, [Evidence("the picture as a whole")]
        ) + self._partly_naked(context)

    def _partly_naked(self, context: ImageContext) -> list[Detection]:
        parts = [part for part in context.body_parts if part.name in HALF_NAKED]
        if not any(_beside(part, context.body_parts, SKIN | COVERED) for part in parts):
            return []
        return self._parts_signal("partly naked", context, HALF_NAKED)

    def _body_labels(self, context: ImageContext) -> list[Detection]:
        found = self._parts_signal("shirtless man", context, {"MALE_BREAST_EXPOSED"})
        if _surest(context.body_parts, {"BELLY_EXPOSED"}) >= SURE_PART:
            found += self._parts_signal("underwear", context, COVERED)
        if context.porn_score >= SUGGESTIVE_PORN_SCORE:
            found += self._parts_signal("cleavage", context, {"FEMALE_BREAST_COVERED"})
        if _surest(context.body_parts, SKIN) >= OTHER_PART:
            found += self._parts_signal("feet", context, {"FEET_EXPOSED"})
        return found

    def _parts_signal(
        self, name: str, context: ImageContext, names: Collection[str]
    ) -> list[Detection]:
        """Return a signal's detections from the surest of the named parts, with their boxes."""
        if name not in self._signals:
            return []
        signal = self._signals[name]
        parts = [part for part in context.body_parts if part.name in names]
        evidence = [
            _evidence(part, context) for part in parts if part.score >= signal.calibration.start
        ]
        return signal.detections(_surest(parts, names), evidence)


def _surest(parts: Iterable[BodyPart], names: Collection[str]) -> float:
    return max((part.score for part in parts if part.name in names), default=0.0)


def _beside(part: BodyPart, parts: Iterable[BodyPart], names: Collection[str]) -> bool:
    """Return whether there is another sure enough part of a person."""
    return any(
        other is not part and other.name in names and other.score >= OTHER_PART for other in parts
    )


def _evidence(part: BodyPart, context: ImageContext) -> Evidence:
    box = part.box
    return Evidence(
        part.name.lower().replace("_", " "), context.image.to_original(box.x, box.y, box.w, box.h)
    )
