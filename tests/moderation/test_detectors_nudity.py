"""How the two nudity networks are weighed; no such picture is kept here, so scores are given."""

from __future__ import annotations

import pytest

from moderation.detection import Box
from moderation.detectors.nudity import NudityDetector
from moderation.inference.nudenet import BodyPart
from tests import pictures

BOX = Box(10, 20, 30, 40)


@pytest.fixture
def shown(seen):
    """Return a function that makes a context in which the networks said what is given."""

    def show(porn_score, **parts):
        context = seen(pictures.blank())
        body_parts = tuple(BodyPart(name, score, BOX) for name, score in parts.items())
        vars(context).update(porn_score=porn_score, body_parts=body_parts)
        return context

    return show


def confidences(detections):
    return {detection.label: detection.confidence for detection in detections}


class TestWithoutNudeNet:
    detector = NudityDetector(with_nudenet=False)

    @pytest.mark.parametrize("score", [0.0, 0.1, 0.29])
    def test_says_nothing_of_low_scores(self, shown, score):
        assert self.detector.detect(shown(score)) == []

    @pytest.mark.parametrize(("score", "confidence"), [(0.3, 50), (0.5, 60), (0.84, 79.43)])
    def test_calls_the_middle_suggestive(self, shown, score, confidence):
        found = confidences(self.detector.detect(shown(score)))

        assert found == {"sexual_suggestiveContent": confidence}

    @pytest.mark.parametrize(("score", "confidence"), [(0.85, 60), (0.92, 80), (1.0, 99)])
    def test_calls_the_upper_end_pornographic_and_not_suggestive_too(
        self, shown, score, confidence
    ):
        found = confidences(self.detector.detect(shown(score)))

        assert found == {"pornographic_adultContent": confidence}

    def test_promises_no_label_of_body_parts(self):
        covered = {coverage.label for coverage in self.detector.coverage}

        assert covered == {"pornographic_adultContent", "sexual_suggestiveContent"}
        assert "AGPL" not in self.detector.licence

    @pytest.mark.parametrize("photo", ["astronaut", "cat", "coffee", "flower"])
    def test_finds_nothing_in_everyday_photos(self, seen, photo):
        assert self.detector.detect(seen(pictures.photo_file(photo))) == []


class TestWithNudeNet:
    detector = NudityDetector(with_nudenet=True)

    def test_an_exposed_part_counts_if_open_nsfw_finds_the_picture_doubtful_too(self, shown):
        parts = {"FEMALE_GENITALIA_EXPOSED": 0.7}

        assert confidences(self.detector.detect(shown(0.3, **parts))) == {
            "pornographic_adultContent": 80
        }
        assert self.detector.detect(shown(0.29, **parts)) == []

    def test_an_unsure_part_does_not_count(self, shown):
        found = confidences(self.detector.detect(shown(0.4, FEMALE_GENITALIA_EXPOSED=0.49)))

        assert "pornographic_adultContent" not in found

    def test_bare_breasts_in_an_innocent_picture_are_partial_nudity(self, shown):
        parts = {"FEMALE_BREAST_EXPOSED": 0.8, "BELLY_EXPOSED": 0.6}

        found = confidences(self.detector.detect(shown(0.1, **parts)))

        assert found == {"sexual_partialNudity": 85}

    def test_a_single_part_without_a_body_is_nothing(self, shown):
        assert self.detector.detect(shown(0.1, FEMALE_BREAST_EXPOSED=0.8)) == []

    def test_covered_breasts_alone_are_no_cleavage(self, shown):
        assert self.detector.detect(shown(0.1, FEMALE_BREAST_COVERED=0.9)) == []

    def test_covered_breasts_in_a_suggestive_picture_are(self, shown):
        found = confidences(self.detector.detect(shown(0.25, FEMALE_BREAST_COVERED=0.8)))

        assert found == {"sexual_cleavage": 80, "sexual_generalbreast": 80}

    def test_a_bare_belly_beside_covered_parts_is_swimwear(self, shown):
        parts = {"BELLY_EXPOSED": 0.79, "FEMALE_BREAST_COVERED": 0.61}

        assert set(confidences(self.detector.detect(shown(0.0, **parts)))) == {
            "sexual_femaleUnderwear"
        }

    def test_feet_need_a_person(self, shown):
        paws = {"FEET_EXPOSED": 0.9, "FACE_FEMALE": 0.8}

        assert self.detector.detect(shown(0.0, **paws)) == []
        assert set(confidences(self.detector.detect(shown(0.0, **paws, BELLY_EXPOSED=0.4)))) == {
            "sexual_feet"
        }

    def test_a_mans_bare_chest_is_found(self, shown):
        found = confidences(self.detector.detect(shown(0.0, MALE_BREAST_EXPOSED=0.5)))

        assert found == {"sexual_maleTopless": 60}

    def test_evidence_says_what_and_where(self, shown):
        found = self.detector.detect(shown(0.5, FEMALE_GENITALIA_EXPOSED=0.9))

        evidence = next(one for one in found if one.label == "pornographic_adultContent").evidence
        assert (evidence[0].text, evidence[0].box) == ("female genitalia exposed", BOX)

    def test_says_that_it_is_under_the_agpl(self):
        assert "AGPL-3.0-only" in self.detector.licence
        assert "nudenet" in self.detector.version
