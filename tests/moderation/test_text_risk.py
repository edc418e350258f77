"""From text in a picture to labels."""

from types import SimpleNamespace

import pytest

from moderation.catalogue import load_catalogue
from moderation.detection import Box, TextLine
from moderation.detectors.text_risk import TextRiskDetector
from moderation.text.lexicons import lexicons

NOT_LABELS = {"selling"}


@pytest.fixture(scope="module")
def detector():
    return TextRiskDetector()


def context(*texts):
    lines = (
        TextLine(text, Box(10, 20 * number, 100, 18), 99.0) for number, text in enumerate(texts)
    )
    return SimpleNamespace(checked_lines=tuple(lines))


def by_label(detections):
    return {detection.label: detection for detection in detections}


class TestDetect:
    def test_a_picture_without_text_has_no_detection(self, detector):
        assert detector.detect(context()) == []

    def test_harmless_text_has_no_detection(self, detector):
        assert detector.detect(context("Happy birthday, Grandma!", "春天来了")) == []

    def test_the_evidence_names_words_line_and_place(self, detector):
        found = by_label(detector.detect(context("Welcome", "buy cocaine here")))

        (evidence,) = found["contraband_drug_tii"].evidence
        assert evidence.text == "cocaine"
        assert evidence.line == "buy cocaine here"
        assert evidence.box == Box(10, 20, 100, 18)

    def test_words_inside_other_words_are_not_named_as_well(self, detector):
        found = by_label(detector.detect(context("call +1 415 555 0100")))

        (evidence,) = found["pt_toDirectContact_tii"].evidence
        assert evidence.text == "+1 415 555 0100"

    def test_each_line_is_one_evidence(self, detector):
        found = by_label(detector.detect(context("冰毒 大麻", "海洛因")))

        words = [evidence.text for evidence in found["contraband_drug_tii"].evidence]
        assert words == ["冰毒, 大麻", "海洛因"]

    def test_spellings_of_a_label_are_returned_together(self, detector):
        found = by_label(detector.detect(context("AK-47 and ammo in stock")))

        assert {
            "violent_gunKnives_tii", "violent_weapons_tii", "violence_weapons_tii"
        } <= set(found)  # fmt: skip

    def test_an_unambiguous_word_is_high_risk_by_default(self, detector):
        found = by_label(detector.detect(context("真人荷官")))

        assert found["contraband_gamble_tii"].confidence >= 80

    def test_ambiguous_words_are_medium_risk_by_default(self, detector):
        found = by_label(detector.detect(context("casino and poker")))

        assert 60 <= found["contraband_gamble_tii"].confidence < 80

    def test_more_words_make_it_surer(self, detector):
        one = by_label(detector.detect(context("cocaine")))["contraband_drug_tii"]
        three = by_label(detector.detect(context("cocaine heroin fentanyl")))["contraband_drug_tii"]

        assert one.confidence < three.confidence

    def test_confidence_never_reaches_certainty(self, detector):
        text = "cocaine heroin fentanyl lsd mdma ketamine ghb opium hashish cannabis marijuana"
        found = by_label(detector.detect(context(text)))

        assert found["contraband_drug_tii"].confidence == 99

    def test_a_web_address_is_less_sure_than_a_handle(self, detector):
        address = by_label(detector.detect(context("www.example.com")))["pt_toDirectContact_tii"]
        handle = by_label(detector.detect(context("VX: mm520520")))["pt_toDirectContact_tii"]

        assert address.confidence < 80 < handle.confidence

    def test_each_label_is_returned_once(self, detector):
        found = detector.detect(context("fuck", "you asshole", "冰毒", "VX: mm520520"))

        labels = [detection.label for detection in found]
        assert len(labels) == len(set(labels))


class TestCoverage:
    def test_each_label_is_in_the_catalogue_and_about_text(self, detector):
        labels = set(load_catalogue().labels)

        assert {one.label for one in detector.coverage} <= labels
        assert all(one.label.endswith("_tii") for one in detector.coverage)

    def test_each_label_says_what_is_missed(self, detector):
        assert all(one.note.endswith(".") for one in detector.coverage)

    def test_names_of_people_are_not_claimed(self, detector):
        claimed = {one.label for one in detector.coverage}

        assert not claimed & {
            "political_politicalFigure_name_tii",
            "political_prohibitedPerson_tii",
            "political_taintedCelebrity_tii",
            "political_historicalNihility_tii",
            "religion_taboo1_tii",
        }

    def test_each_lexicon_serves_a_label(self, detector):
        served = {category for label in detector._labels for category in label.categories}

        assert {lexicon.category for lexicon in lexicons()} - NOT_LABELS == served
