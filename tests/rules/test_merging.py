"""What one person changed is put on top of what others saved, value by value."""

from dataclasses import replace

from moderation.ruleset import LabelPolicy, Ruleset
from rules.merging import merged

GUN, BLOOD = "violent_gun", "violent_blood"
SHOWN = Ruleset(
    "baselineCheck_global",
    1,
    (LabelPolicy(GUN), LabelPolicy(BLOOD)),
    exempt_library_ids=frozenset({1, 2}),
    ignored_vocabulary_ids=frozenset({1}),
)


def with_policies(*policies, **values):
    return replace(SHOWN, label_policies=policies, **values)


class TestMerged:
    def test_without_a_save_in_between_it_is_what_i_want(self):
        mine = with_policies(LabelPolicy(GUN, enabled=False), LabelPolicy(BLOOD))

        assert merged(shown=SHOWN, mine=mine, current=SHOWN) == mine

    def test_what_i_left_alone_stays_as_the_other_saved_it(self):
        mine = with_policies(LabelPolicy(GUN, high_risk_score=90), LabelPolicy(BLOOD))
        theirs = with_policies(LabelPolicy(GUN, enabled=False), LabelPolicy(BLOOD, enabled=False))

        result = merged(shown=SHOWN, mine=mine, current=theirs)

        assert result.policies[GUN] == LabelPolicy(GUN, enabled=False, high_risk_score=90)
        assert result.policies[BLOOD] == LabelPolicy(BLOOD, enabled=False)

    def test_where_both_changed_a_value_mine_counts(self):
        mine = with_policies(LabelPolicy(GUN, high_risk_score=90), LabelPolicy(BLOOD))
        theirs = with_policies(LabelPolicy(GUN, high_risk_score=70), LabelPolicy(BLOOD))

        result = merged(shown=SHOWN, mine=mine, current=theirs)

        assert result.policies[GUN].high_risk_score == 90

    def test_libraries_that_either_switched_are_switched(self):
        mine = replace(SHOWN, exempt_library_ids=frozenset({2, 3}))  # 1 off, 3 on
        theirs = replace(SHOWN, exempt_library_ids=frozenset({1, 4}), version=2)  # 2 off, 4 on

        result = merged(shown=SHOWN, mine=mine, current=theirs)

        assert result.exempt_library_ids == {3, 4}
        assert result.ignored_vocabulary_ids == {1}
        assert result.version == 2

    def test_a_label_that_appeared_in_between_stays_as_it_is(self):
        theirs = with_policies(LabelPolicy(GUN), LabelPolicy("violent_new", enabled=False))

        assert merged(shown=SHOWN, mine=SHOWN, current=theirs) == theirs
