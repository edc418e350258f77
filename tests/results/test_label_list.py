"""The Returned Label filter as people and programs write it."""

import pytest

from results.errors import LabelMissing, LabelsMixed, TooManyLabels
from results.label_list import LabelList, known_labels, read_labels


class TestReadLabels:
    @pytest.mark.parametrize(
        ("text", "labels"),
        [
            ("", LabelList()),
            (" , ", LabelList()),
            ("violent_gun", LabelList(wanted=("violent_gun",))),
            (" violent_gun ,PT_LOGO,violent_gun", LabelList(wanted=("violent_gun", "pt_logo"))),
            ("!=nonLabel", LabelList(excluded=("nonLabel",))),
            ("!= nonlabel, pt_logo", LabelList(excluded=("nonLabel", "pt_logo"))),
            ("!=nonLabel,!=pt_logo", LabelList(excluded=("nonLabel", "pt_logo"))),
            ("qr CODE", LabelList(wanted=("pt_qrCode",))),
            ("pt_logo_LIB", LabelList(wanted=("pt_logo_lib",))),
            ("unheard_of", LabelList(wanted=("unheard_of",))),
            ("' OR 1=1 --", LabelList(wanted=("' OR 1=1 --",))),
        ],
    )
    def test_lists_are_read_in_any_case(self, text, labels):
        assert read_labels(text) == labels

    def test_all_spellings_of_a_label_are_found(self):
        assert set(read_labels("VIOLENT_KNIVES").wanted) == {"violent_knives", "violent_Knives"}

    @pytest.mark.parametrize("text", ["!=", " != ", "!=,pt_logo", "!=a,!="])
    def test_a_not_needs_a_label(self, text):
        with pytest.raises(LabelMissing):
            read_labels(text)

    def test_labels_to_find_and_to_leave_out_do_not_mix(self):
        with pytest.raises(LabelsMixed):
            read_labels("pt_logo,!=nonLabel")

    def test_a_list_has_an_end(self):
        with pytest.raises(TooManyLabels, match="50"):
            read_labels(",".join(f"a{number}" for number in range(51)))


class TestKnownLabels:
    def test_library_labels_are_among_them_and_misprints_are_not(self):
        labels = known_labels()

        assert {"violent_gun", "violent_gun_lib", "nonLabel", "nonLabel_lib"} <= set(labels)
        assert "QR code" not in labels
