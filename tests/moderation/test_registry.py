"""The registry: who sees which label, and the self-test of all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moderation.catalogue import load_catalogue
from moderation.config import EngineConfig
from moderation.detectors.base import Grade
from moderation.detectors.registry import Registry
from moderation.detectors.self_test import check
from tests import pictures


@pytest.fixture
def unloaded(tmp_path):
    """Return a registry that must not load anything: its folder does not exist."""
    return Registry(EngineConfig(tmp_path / "missing"))


class TestCoverage:
    def test_names_the_detector_and_the_grade_without_loading_a_network(self, unloaded, tmp_path):
        served = unloaded.coverage_of("violent_gun")

        assert served.detector.name == "objects"
        assert served.coverage.grade is Grade.PARTIAL
        assert "13 of 32" in served.coverage.measured
        assert not (tmp_path / "missing").exists()

    @pytest.mark.parametrize(
        "label", ["violent_knives", "flag_country", "inappropriate_smoking", "pt_programCode", "x"]
    )
    def test_claims_nothing_for_labels_that_nothing_here_sees(self, unloaded, label):
        assert unloaded.coverage_of(label) is None

    def test_every_covered_label_is_in_the_catalogue_and_has_a_note(self, unloaded):
        for detector in unloaded.detectors:
            for coverage in detector.coverage:
                assert coverage.label in load_catalogue().labels
                assert coverage.note.endswith(".")

    def test_body_parts_are_covered_only_with_nudenet(self, unloaded, tmp_path):
        with_nudenet = Registry(EngineConfig(tmp_path, nudenet=True))

        assert unloaded.coverage_of("sexual_feet") is None
        assert with_nudenet.coverage_of("sexual_feet").coverage.grade is Grade.WEAK

    def test_detectors_have_names_of_their_own_a_version_and_a_licence(self, unloaded):
        assert len({one.name for one in unloaded.detectors}) == len(unloaded.detectors)
        assert all(one.version and one.licence for one in unloaded.detectors)


class TestServing:
    def test_takes_the_detectors_that_can_return_any_of_the_labels(self, unloaded):
        serving = unloaded.serving(["violent_gun", "pt_qrCode", "violent_knives"])

        assert {detector.name for detector in serving} == {"objects", "codes"}

    def test_takes_none_for_no_label(self, unloaded):
        assert unloaded.serving([]) == ()


class TestSelfTest:
    def test_passes_for_every_detector(self, registry):
        checks = check(registry)

        assert [one.name for one in checks] == [one.name for one in registry.detectors]
        assert [one.detail for one in checks if not one.passed] == []
        assert next(one for one in checks if one.name == "objects").load_ms > 0

    def test_notices_a_network_that_answers_wrongly(self, registry):
        class Broken:
            def score(self, rgb):
                return 0.5

        broken = Registry(registry.config)
        vars(broken)["networks"] = replace(registry.networks, open_nsfw=Broken())

        nudity = next(one for one in check(broken) if one.name == "nudity")

        assert not nudity.passed
        assert "0.5" in nudity.detail

    def test_notices_a_detector_that_sees_nothing(self, registry):
        class Blind:
            name, version, licence, coverage = "codes", "0", "MIT", ()

            def detect(self, context):
                return []

        blind = Registry(registry.config)
        vars(blind)["networks"] = registry.networks
        blind.detectors = (Blind(),)

        (codes,) = check(blind)

        assert (codes.passed, codes.detail) == (False, "a drawn QR code was not read")


class TestOddPictures:
    @pytest.mark.parametrize("size", [(1, 1), (1, 2048), (2048, 1), (3, 700), (33, 32)])
    def test_every_detector_takes_pictures_of_any_shape(self, registry, seen, size):
        context = seen(pictures.png(pictures.photo("coffee", size)))

        for detector in registry.detectors:
            for detection in detector.detect(context):
                assert 0 <= detection.confidence <= 100
                assert detection.detector == detector.name
