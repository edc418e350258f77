"""The picture detectors on real and drawn pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from moderation.detection import Detection, Evidence
from moderation.detectors.codes import CodeDetector
from moderation.detectors.meaningless import MeaninglessDetector
from moderation.detectors.objects import ObjectDetector
from moderation.detectors.signals import class_name, coverage_of, signals_of, strongest
from tests import pictures


def labels(detections):
    return {detection.label for detection in detections}


class TestObjectDetector:
    def test_takes_a_rocket_for_military_hardware_and_names_the_class(self, seen):
        found = {one.label: one for one in ObjectDetector().detect(seen(pictures.rocket()))}

        assert set(found) == {"violent_armedForces", "violent_weapon"}
        assert 60 <= found["violent_weapon"].confidence <= 99
        assert "missile" in found["violent_weapon"].evidence[0].text

    @pytest.mark.parametrize("photo", ["astronaut", "cat", "coffee", "flower", "motorcycle"])
    def test_finds_nothing_in_everyday_photos(self, seen, photo):
        assert ObjectDetector().detect(seen(pictures.photo_file(photo))) == []

    def test_every_class_that_is_used_has_a_name(self):
        for signal in signals_of("objects").values():
            assert all(class_name(number) for number in signal.classes)


class TestCodeDetector:
    def test_reads_a_code_and_says_where_it_is(self, seen):
        picture = pictures.photo("temple")
        picture.paste(pictures.qr_code("https://example.org/menu", box_px=5), (300, 120))

        (found,) = CodeDetector().detect(seen(pictures.jpeg(picture)))

        assert (found.label, found.detector) == ("pt_qrCode", "codes")
        assert found.evidence[0].text == "QR code: https://example.org/menu"
        box = found.evidence[0].box
        assert (box.x, box.y) == pytest.approx((320, 140), abs=12)
        assert (box.w, box.h) == pytest.approx((125, 125), abs=25)

    def test_the_box_is_in_pixels_of_the_original(self, seen):
        picture = Image.new("RGB", (4000, 3000), "white")
        picture.paste(pictures.qr_code("far away", box_px=20), (2000, 1500))

        (found,) = CodeDetector().detect(seen(pictures.jpeg(picture)))

        box = found.evidence[0].box
        assert (box.x, box.y) == pytest.approx((2080, 1580), abs=25)

    def test_several_codes_are_one_detection_with_all_their_texts(self, seen):
        picture = Image.new("RGB", (900, 400), "white")
        picture.paste(pictures.qr_code("one"), (20, 40))
        picture.paste(pictures.qr_code("two"), (500, 40))

        (found,) = CodeDetector().detect(seen(pictures.png(picture)))

        assert {one.text for one in found.evidence} == {"QR code: one", "QR code: two"}

    @pytest.mark.parametrize("photo", ["page", "coins", "temple"])
    def test_finds_none_where_there_is_none(self, seen, photo):
        assert CodeDetector().detect(seen(pictures.photo_file(photo))) == []


class TestMeaninglessDetector:
    @pytest.mark.parametrize("colour", ["white", "black", "#c02020"])
    def test_finds_a_picture_of_one_colour(self, seen, colour):
        found = MeaninglessDetector().detect(seen(pictures.blank(colour=colour)))

        assert labels(found) == {"quality_meaningless"}
        assert found[0].evidence[0].text == "a single colour"

    def test_finds_noise(self, seen):
        noise = np.random.default_rng(7).integers(0, 256, (300, 400, 3), dtype=np.uint8)

        found = MeaninglessDetector().detect(seen(pictures.png(Image.fromarray(noise))))

        assert found[0].evidence[0].text == "noise"

    def test_finds_a_gradient(self, seen):
        ramp = np.tile(np.linspace(0, 255, 600, dtype=np.uint8), (400, 1))

        found = MeaninglessDetector().detect(seen(pictures.png(Image.fromarray(ramp))))

        assert found[0].evidence[0].text == "no edge anywhere"

    @pytest.mark.parametrize("photo", pictures.PHOTOS)
    def test_finds_photos_meaningful(self, seen, photo):
        assert MeaninglessDetector().detect(seen(pictures.photo_file(photo))) == []

    def test_one_word_on_white_is_content(self, seen):
        word = pictures.png(pictures.draw_text("hello", font_px=60))

        assert MeaninglessDetector().detect(seen(word)) == []


class TestSignals:
    def test_the_surest_of_two_detections_counts_and_the_evidence_of_both(self):
        weak = Detection("violent_gun", 61.0, "objects", (Evidence("rifle"),))
        strong = Detection("violent_gun", 75.0, "objects", (Evidence("holster"), Evidence("rifle")))

        (merged,) = strongest([weak, strong])

        assert merged.confidence == 75.0
        assert {one.text for one in merged.evidence} == {"rifle", "holster"}
        assert len(merged.evidence) == 2

    def test_a_label_of_two_signals_is_covered_once(self):
        covered = [one.label for one in coverage_of(signals_of("nudity").values())]

        assert len(covered) == len(set(covered))

    def test_nudenet_signals_are_left_out_without_it(self):
        assert set(signals_of("nudity", with_nudenet=False)) == {"pornography", "suggestive"}
