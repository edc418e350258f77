"""The catalogue: services and labels as documented."""

from __future__ import annotations

import pytest

from moderation.catalogue import load_catalogue


@pytest.fixture
def catalogue():
    return load_catalogue()


class TestCatalogue:
    def test_has_the_documented_services_labels_and_detection_types(self, catalogue):
        assert len(catalogue.services) == 25
        assert len(catalogue.labels) == 159
        assert len(catalogue.detection_types) == 11

    def test_codes_that_differ_in_case_alone_stay_apart(self, catalogue):
        assert "political_CNflag" in catalogue.labels
        assert "political_CNFlag" in catalogue.labels
        assert "POLITICAL_CNFLAG" not in catalogue.labels

    def test_every_code_that_is_referred_to_exists(self, catalogue):
        for label in catalogue.labels.values():
            assert catalogue.families[label.family].detection_type == label.detection_type
            assert label.detection_type in catalogue.detection_types
            assert not label.variant_of or label.variant_of in catalogue.labels
            assert set(label.overlaps_with) <= set(catalogue.labels)
        for service in catalogue.services.values():
            assert set(service.labels) <= set(catalogue.labels)
            assert set(service.detection_types) <= set(catalogue.detection_types)

    def test_no_service_names_a_label_twice(self, catalogue):
        for service in catalogue.services.values():
            assert len(set(service.labels)) == len(service.labels)

    def test_labels_that_end_in_tii_judge_text(self, catalogue):
        for label in catalogue.labels.values():
            assert label.text_in_image == label.code.endswith("_tii")

    def test_every_label_and_service_is_named_and_every_label_described(self, catalogue):
        assert all(label.name and label.description for label in catalogue.labels.values())
        assert all(service.name for service in catalogue.services.values())

    def test_three_labels_are_off_at_first(self, catalogue):
        off = {label.code for label in catalogue.labels.values() if not label.default_on}

        assert off == {"pt_custom_01", "pt_custom_02", "pornographic_o_tii"}

    def test_the_label_printed_qr_code_is_in_no_service_but_pt_qr_code_is(self, catalogue):
        named = {code for service in catalogue.services.values() for code in service.labels}

        assert named == set(catalogue.labels) - {"QR code"}
        assert "pt_qrCode" in catalogue.services["postImageCheckByVL"].labels
        assert catalogue.labels["QR code"].variant_of == "pt_qrCode"


class TestServices:
    @pytest.mark.parametrize(
        ("service", "label_count"),
        [
            ("baselineCheck", 33),
            ("baselineCheck_global", 66),
            ("tonalityImprove", 34),
            ("aigcCheck", 54),
            ("aigcCheck_cb", 56),
            ("profilePhotoCheck", 85),
            ("postImageCheck", 81),
            ("advertisingCheck", 73),
            ("liveStreamCheck", 74),
            ("postImageCheckByVL_global", 78),
            ("riskDetection", 2),
            ("generalOcr", 0),
        ],
    )
    def test_has_as_many_labels_as_documented(self, catalogue, service, label_count):
        assert len(catalogue.labels_of(service)) == label_count

    @pytest.mark.parametrize("code", ["baselineCheck_pro", "baselineCheckByVL"])
    def test_services_without_published_labels_borrow_the_baselines_and_say_so(
        self, catalogue, code
    ):
        service = catalogue.services[code]

        assert service.labels == catalogue.services["baselineCheck"].labels
        assert service.label_source == "provisional"
        assert service.note

    def test_a_service_without_labels_says_why(self, catalogue):
        for service in catalogue.services.values():
            assert bool(service.labels) == (service.label_source != "none")
            assert service.labels or service.note

    def test_large_model_services_have_the_smaller_limits(self, catalogue):
        for service in catalogue.services.values():
            assert service.uses_large_model == ("ByVL" in service.code)
            expected = (20, 16_384) if service.uses_large_model else (100, 30_000)
            assert (service.qps, service.max_side_px) == expected

    def test_every_label_belongs_to_a_tab_of_its_service(self, catalogue):
        for service in catalogue.services.values():
            if service.code == "baselineCheck_global":  # has political labels without a tab
                continue
            types = {label.detection_type for label in catalogue.labels_of(service.code)}
            assert types == set(service.detection_types)
