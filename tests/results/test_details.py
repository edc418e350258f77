"""A stored result as people look at it."""

import pytest

from results.details import Details
from results.highlighting import split_at
from rules.services import record_version
from tests.factories import DetectionResultFactory, HitFactory, ServiceFactory

pytestmark = pytest.mark.django_db


class TestSplitAt:
    @pytest.mark.parametrize(
        ("line", "words", "parts"),
        [
            ("buy cocaine here", "cocaine", ("buy ", "cocaine", " here")),
            ("Buy COCAINE", "cocaine", ("Buy ", "COCAINE", "")),
            ("call 555 0100", "phone number", ("call 555 0100", "", "")),
            ("İstanbul cocaine", "cocaine", ("İstanbul cocaine", "", "")),
        ],
    )
    def test_the_words_are_found_in_their_line(self, line, words, parts):
        assert split_at(line, words) == parts

    def test_evidence_without_text_has_no_line(self):
        assert split_at("", "a gun") is None


class TestDetails:
    def test_labels_carry_the_thresholds_then_in_force(self):
        service = ServiceFactory()
        result = HitFactory(account=service.account)
        rule = service.label_rules.get(label="contraband_drug_tii")
        rule.medium_risk_score, rule.high_risk_score = 20, 30
        rule.save()
        record_version(service=service, author=None, comment="")

        label = Details(result).labels[0]

        assert label.code == "contraband_drug_tii"
        assert label.policy.medium_risk_score == 60
        assert label.policy.high_risk_score == 80

    def test_a_deleted_service_leaves_labels_without_thresholds(self):
        assert [label.policy for label in Details(HitFactory()).labels] == [None, None]

    def test_evidence_names_its_detector_and_version(self):
        words, code = Details(HitFactory()).detections

        assert (words.detector, words.detector_version) == ("text rules", "3")
        assert words.evidence[0].line == ("buy ", "cocaine", " here")
        assert (code.marks[0].box.x, code.marks[0].box.w) == (400, 120)

    def test_what_was_found_outside_the_scope_comes_last_and_is_not_drawn(self):
        labels = [{"label": "pt_qrCode", "confidence": 71.02, "risk_level": "medium"}]
        result = HitFactory(labels=labels)

        details = Details(result)

        assert [found.label for found in details.detections] == ["pt_qrCode", "contraband_drug_tii"]
        assert [found.label for found in details.returned_detections] == ["pt_qrCode"]

    def test_steps_have_their_share_of_the_time(self):
        steps = [{"name": "load", "duration_ms": 50.0}, {"name": "text", "duration_ms": 150.0}]
        result = DetectionResultFactory(steps=steps, duration_ms=200.0)

        assert [step.share_percent for step in Details(result).steps] == [25.0, 75.0]
