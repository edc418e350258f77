"""Judging: levels, scopes, libraries, exemptions."""

from hypothesis import given
from hypothesis import strategies as st

from moderation.detection import Box, Detection
from moderation.match import ImageMatch, KeywordMatch
from moderation.risk import RiskLevel, highest, level_of
from moderation.ruleset import LabelPolicy, Ruleset
from moderation.verdict import Findings, ReturnedLabel, Verdict, judge

BOX = Box(0, 0, 10, 10)


def ruleset(*policies, **fields):
    return Ruleset(service="baselineCheck", version=1, label_policies=policies, **fields)


def detection(label, confidence):
    return Detection(label, confidence, detector="objects")


def image_match(library_id, similarity=97.4):
    return ImageMatch(library_id, 7, similarity, "pdq", 12, "original")


def keyword_match(vocabulary_id):
    return KeywordMatch(vocabulary_id, "cheap", "so cheap", BOX)


class TestLevels:
    def test_a_score_below_medium_is_low(self):
        verdict = judge(Findings((detection("gun", 59.99),)), ruleset(LabelPolicy("gun")))

        assert verdict == Verdict(RiskLevel.LOW, (ReturnedLabel("gun", 59.99, RiskLevel.LOW),))

    def test_the_scores_themselves_belong_to_the_higher_level(self):
        policies = (LabelPolicy("gun"), LabelPolicy("drug"))

        verdict = judge(Findings((detection("gun", 60), detection("drug", 80))), ruleset(*policies))

        assert [label.risk_level for label in verdict.labels] == [RiskLevel.HIGH, RiskLevel.MEDIUM]

    def test_the_picture_has_the_highest_level_of_its_labels(self):
        policies = (
            LabelPolicy("gun", medium_risk_score=10, high_risk_score=20),
            LabelPolicy("drug"),
        )

        verdict = judge(Findings((detection("drug", 65), detection("gun", 25))), ruleset(*policies))

        assert verdict.risk_level is RiskLevel.HIGH
        assert [label.label for label in verdict.labels] == ["gun", "drug"]

    def test_equal_scores_leave_no_medium_range(self):
        assert level_of(70, medium_risk_score=70, high_risk_score=70) is RiskLevel.HIGH
        assert level_of(69, medium_risk_score=70, high_risk_score=70) is RiskLevel.LOW

    def test_no_levels_at_all_are_none(self):
        assert highest([]) is RiskLevel.NONE

    @given(st.lists(st.sampled_from(RiskLevel), min_size=1))
    def test_the_highest_is_one_of_them_and_none_is_above_it(self, levels):
        top = highest(levels)

        assert top in levels
        assert all(level.rank <= top.rank for level in levels)


class TestScope:
    def test_nothing_found_returns_one_nonlabel_without_confidence(self):
        verdict = judge(Findings(), ruleset(LabelPolicy("gun")))

        assert verdict == Verdict(
            RiskLevel.NONE, (ReturnedLabel("nonLabel", None, RiskLevel.NONE),)
        )

    def test_a_label_that_is_switched_off_is_not_returned(self):
        verdict = judge(
            Findings((detection("gun", 99),)), ruleset(LabelPolicy("gun", enabled=False))
        )

        assert verdict.labels[0].label == "nonLabel"

    def test_a_label_that_the_service_does_not_have_is_not_returned(self):
        verdict = judge(Findings((detection("flag", 99),)), ruleset(LabelPolicy("gun")))

        assert verdict.labels[0].label == "nonLabel"

    def test_two_detectors_of_one_label_return_it_once_with_the_higher_confidence(self):
        verdict = judge(
            Findings((detection("gun", 61.239), detection("gun", 70.126))),
            ruleset(LabelPolicy("gun")),
        )

        assert verdict.labels == (ReturnedLabel("gun", 70.13, RiskLevel.MEDIUM),)


class TestCustomLibraries:
    def test_a_library_match_returns_the_label_with_a_suffix_and_is_high(self):
        policy = LabelPolicy("gun", image_library_id=4, medium_risk_score=99, high_risk_score=100)

        verdict = judge(Findings(image_matches=(image_match(4, 81.111),)), ruleset(policy))

        assert verdict.labels == (ReturnedLabel("gun_lib", 81.11, RiskLevel.HIGH),)

    def test_a_library_works_although_its_label_is_switched_off(self):
        policy = LabelPolicy("gun", enabled=False, image_library_id=4)

        verdict = judge(Findings(image_matches=(image_match(4),)), ruleset(policy))

        assert verdict.labels[0].label == "gun_lib"

    def test_a_match_with_an_unbound_library_means_nothing(self):
        verdict = judge(Findings(image_matches=(image_match(5),)), ruleset(LabelPolicy("gun")))

        assert verdict.labels[0].label == "nonLabel"

    def test_a_library_of_two_labels_returns_both(self):
        policies = (LabelPolicy("gun", image_library_id=4), LabelPolicy("drug", image_library_id=4))

        verdict = judge(Findings(image_matches=(image_match(4),)), ruleset(*policies))

        assert {label.label for label in verdict.labels} == {"gun_lib", "drug_lib"}

    def test_a_keyword_returns_the_text_label_with_a_suffix_and_is_high(self):
        policy = LabelPolicy("drug_tii", vocabulary_id=9, enabled=False)

        verdict = judge(Findings(keyword_matches=(keyword_match(9),)), ruleset(policy))

        assert verdict.risk_level is RiskLevel.HIGH
        assert verdict.labels[0].label == "drug_tii_lib"

    def test_a_detected_label_and_its_library_are_two_labels(self):
        policy = LabelPolicy("gun", image_library_id=4)
        findings = Findings((detection("gun", 70),), (image_match(4),))

        verdict = judge(findings, ruleset(policy))

        assert [label.label for label in verdict.labels] == ["gun_lib", "gun"]


class TestExemptions:
    def test_an_exemption_returns_nothing_but_itself(self):
        rules = ruleset(LabelPolicy("gun"), exempt_library_ids=frozenset({3}))
        findings = Findings((detection("gun", 99),), (image_match(3, 93.456),))

        verdict = judge(findings, rules)

        assert verdict == Verdict(
            RiskLevel.NONE, (ReturnedLabel("nonLabel_lib", 93.46, RiskLevel.NONE),)
        )

    def test_an_exemption_wins_over_a_blocklist(self):
        rules = ruleset(LabelPolicy("gun", image_library_id=4), exempt_library_ids=frozenset({3}))

        verdict = judge(Findings(image_matches=(image_match(4), image_match(3))), rules)

        assert [label.label for label in verdict.labels] == ["nonLabel_lib"]


policies = st.builds(
    LabelPolicy,
    label=st.sampled_from(["gun", "drug", "drug_tii"]),
    enabled=st.booleans(),
    medium_risk_score=st.floats(0, 60),
    high_risk_score=st.floats(60, 100),
    image_library_id=st.none() | st.integers(1, 3),
    vocabulary_id=st.none() | st.integers(1, 3),
)


class TestAnyRuleset:
    @given(
        st.lists(policies, unique_by=lambda policy: policy.label),
        st.lists(st.builds(detection, st.sampled_from(["gun", "drug"]), st.floats(0, 100))),
        st.lists(st.builds(image_match, st.integers(1, 4), st.floats(80, 100))),
        st.lists(st.builds(keyword_match, st.integers(1, 4))),
        st.frozensets(st.integers(1, 4)),
    )
    def test_a_verdict_is_never_empty_and_has_the_level_of_its_most_serious_label(
        self, policies, detections, image_matches, keyword_matches, exempt
    ):
        findings = Findings(tuple(detections), tuple(image_matches), tuple(keyword_matches))

        verdict = judge(findings, ruleset(*policies, exempt_library_ids=exempt))

        assert verdict.labels
        assert verdict.risk_level is highest(label.risk_level for label in verdict.labels)
        assert len({label.label for label in verdict.labels}) == len(verdict.labels)

    @given(st.lists(policies, unique_by=lambda policy: policy.label), st.booleans())
    def test_a_ruleset_survives_its_document(self, policies, uses_large_model):
        rules = ruleset(
            *policies, exempt_library_ids=frozenset({2, 1}), uses_large_model=uses_large_model
        )

        assert Ruleset.from_document(rules.to_document()) == rules
