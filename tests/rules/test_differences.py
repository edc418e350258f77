"""What differs between two rulesets: every value, named and in the catalogue's order."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import translation

from moderation.ruleset import LabelPolicy, Ruleset
from rules.changes import CustomLibraryChange, ScopeChange, with_libraries, with_scope
from rules.differences import Area, Aspect, Difference, differences

GUN, DRUG_TEXT = "violent_gun", "contraband_drug_tii"
NAMES = {"image_libraries": {"1": "Ads", "2": "Logos"}, "vocabularies": {"1": "Slang"}}
EMPTY = Ruleset("baselineCheck_global", 1, (LabelPolicy(GUN), LabelPolicy(DRUG_TEXT)))


def with_gun(**values):
    policies = (LabelPolicy(GUN, **values), LabelPolicy(DRUG_TEXT))
    return replace(EMPTY, label_policies=policies)


class TestDifferences:
    def test_the_same_rules_do_not_differ_whatever_their_versions(self):
        found = differences(EMPTY, replace(EMPTY, version=9), NAMES)

        assert (found.count, list(found), found.groups) == (0, [], ())

    @pytest.mark.parametrize(
        ("values", "aspect", "before", "after"),
        [
            ({"enabled": False}, Aspect.DETECTION, "On", "Off"),
            ({"medium_risk_score": 55.25}, Aspect.MEDIUM, "60", "55.25"),
            ({"high_risk_score": 90.0}, Aspect.HIGH, "80", "90"),
            ({"image_library_id": 1}, Aspect.IMAGE_LIBRARY, "None", "Ads"),
            ({"image_library_id": 7}, Aspect.IMAGE_LIBRARY, "None", "#7"),
        ],
    )
    def test_each_value_of_a_label_is_written_as_people_read_it(
        self, values, aspect, before, after
    ):
        (found,) = differences(EMPTY, with_gun(**values), NAMES)

        assert (found.name, found.aspect) == (GUN, aspect)
        assert (found.before_text, found.after_text) == (before, after)

    def test_on_and_off_are_written_in_the_language_of_the_page(self):
        (found,) = differences(EMPTY, with_gun(enabled=False), NAMES)

        with translation.override("zh-hans"):
            assert (found.before_text, found.after_text) == ("开启", "关闭")

    def test_exemptions_and_ignored_vocabularies_are_named(self):
        before = replace(EMPTY, exempt_library_ids=frozenset({1}))
        after = replace(
            EMPTY, exempt_library_ids=frozenset({2}), ignored_vocabulary_ids=frozenset({1})
        )

        found = differences(before, after, NAMES)

        assert [group.kind for group in found.groups] == [Area.EXEMPTIONS, Area.VOCABULARIES]
        assert list(found) == [
            Difference("Ads", Aspect.EXEMPTION, before=True, after=False),
            Difference("Logos", Aspect.EXEMPTION, before=False, after=True),
            Difference("Slang", Aspect.IGNORED_VOCABULARY, before=False, after=True),
        ]

    def test_a_library_created_anew_under_the_old_name_differs(self):
        names = {"image_libraries": {"1": "Ads", "2": "Ads"}}

        (found,) = differences(with_gun(image_library_id=1), with_gun(image_library_id=2), names)

        assert (found.before_text, found.after_text) == ("Ads (1)", "Ads (2)")

    def test_labels_are_grouped_by_type_in_the_order_of_the_catalogue(self):
        labels = ("violent_gun", "pornographic_cartoon", "violent_explosion", "sunshine")
        before = replace(EMPTY, label_policies=tuple(map(LabelPolicy, labels)))
        after = replace(
            EMPTY, label_policies=tuple(LabelPolicy(label, enabled=False) for label in labels)
        )

        found = differences(before, after, NAMES)

        assert [
            (group.title, [one.name for one in group.differences]) for group in found.groups
        ] == [
            ("Pornographic Content Detection", ["pornographic_cartoon"]),
            ("Terrorist Content Detection", ["violent_gun", "violent_explosion"]),
            ("Labels that the catalogue no longer has", ["sunshine"]),
        ]

    def test_a_label_that_one_side_lacks_is_one_difference(self):
        before = replace(EMPTY, label_policies=(LabelPolicy(GUN),))

        assert list(differences(before, EMPTY, NAMES)) == [
            Difference(DRUG_TEXT, Aspect.DETECTION, before=None, after=True)
        ]

    def test_a_changed_limit_of_the_service_is_a_difference(self):
        (found,) = differences(EMPTY, replace(EMPTY, max_side_px=4096), NAMES)

        assert (found.name, found.aspect) == (EMPTY.service, Aspect.MAX_SIDE)
        assert (found.before_text, found.after_text) == ("30000", "4096")

    def test_the_audit_log_gets_the_first_changes_and_the_count_of_all(self):
        found = differences(EMPTY, with_gun(enabled=False, high_risk_score=90), NAMES)

        assert found.to_details(limit=1) == {
            "count": 2,
            "changes": [
                {"name": GUN, "aspect": "detection", "before": True, "after": False},
            ],
        }


class TestWantedChanges:
    def test_a_changed_scope_can_be_compared_before_it_is_saved(self):
        change = ScopeChange(
            label=GUN,
            enabled=False,
            medium_risk_score=Decimal("60.00"),
            high_risk_score=Decimal("90.00"),
        )

        found = differences(EMPTY, with_scope(EMPTY, [change]), NAMES)

        assert [(one.name, one.before, one.after) for one in found] == [
            (GUN, True, False),
            (GUN, 80, 90),
        ]

    def test_changed_libraries_can_be_compared_before_they_are_saved(self):
        changes = [
            CustomLibraryChange(label=GUN, image_library_id=1),
            CustomLibraryChange(label=DRUG_TEXT, vocabulary_id=1),
        ]

        found = differences(EMPTY, with_libraries(EMPTY, changes), NAMES)

        assert [(one.name, one.after) for one in found] == [(GUN, "Ads"), (DRUG_TEXT, "Slang")]
