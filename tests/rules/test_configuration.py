"""What programs save: several things at once, on top of the newest version, all or nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from console.models import AuditEntry, Publication
from libraries.models import Vocabulary
from rules import errors
from rules.changes import FLAGGED_FOR_TEXT, ConfigurationChange, ScopeChange
from rules.client_tokens import LIFETIME, forget_old_tokens
from rules.models import ClientToken, LabelRule, RulesetVersion, Service
from rules.services import (
    change_service,
    copy_service,
    delete_vocabulary_everywhere,
    save_configuration,
    save_exemptions,
    save_ignored_vocabularies,
    save_scope,
)
from tests.factories import (
    AccessKeyFactory,
    ImageLibraryFactory,
    ServiceFactory,
    VocabularyFactory,
)

GUN, DRUG_TEXT = "violent_gun", "contraband_drug_tii"


@pytest.fixture
def service(account):
    return ServiceFactory.create(account=account)


@pytest.fixture
def access_key(account):
    return AccessKeyFactory.create(account=account)


@pytest.fixture
def save(service, access_key):
    """Save a change: save(policies={...})."""

    def save_change(*, dry_run=False, **change):
        return save_configuration(
            service=service,
            change=ConfigurationChange(**change),
            author=access_key,
            comment="Tuned by night",
            dry_run=dry_run,
        )

    return save_change


def newest(service):
    return Service.objects.get(pk=service.pk).newest_version


def scores(medium, high):
    return {"medium_risk_score": medium, "high_risk_score": high}


class TestSaveConfiguration:
    def test_all_of_it_is_one_version(self, service, account, access_key, save):
        library, exempt = ImageLibraryFactory.create_batch(2, account=account)
        words, ignored = VocabularyFactory.create_batch(2, account=account)

        version = save(
            policies={
                GUN: {"enabled": False, "high_risk_score": 85.5, "image_library_id": library.pk},
                DRUG_TEXT: {"vocabulary_id": words.pk},
            },
            exemptions={exempt.pk: True},
            ignored_vocabulary_ids=frozenset({ignored.pk}),
        )

        assert (version.number, version.comment) == (2, "Tuned by night")
        assert version.saved_by == access_key.author_name
        gun, drug = version.ruleset.policies[GUN], version.ruleset.policies[DRUG_TEXT]
        assert (gun.enabled, gun.medium_risk_score, gun.high_risk_score) == (False, 60, 85.5)
        assert (gun.image_library_id, drug.vocabulary_id) == (library.pk, words.pk)
        assert version.ruleset.exempt_library_ids == {exempt.pk}
        assert version.ruleset.ignored_vocabulary_ids == {ignored.pk}
        published = Publication.objects.of(Publication.Topic.RULESET, service.pk)
        assert published[0].details == {"version": 2}
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.access_key) == ("ruleset.configuration", access_key)
        assert entry.details["count"] == 6

    def test_what_others_saved_meanwhile_stays(self, service, access_key, save):
        theirs = ScopeChange(
            label=GUN, enabled=False, medium_risk_score=Decimal(10), high_risk_score=Decimal(20)
        )
        save_scope(service=service, changes=[theirs], based_on=1, author=access_key)

        version = save(policies={GUN: {"high_risk_score": 30.0}})

        gun = version.ruleset.policies[GUN]
        assert version.number == 3
        assert (gun.enabled, gun.medium_risk_score, gun.high_risk_score) == (False, 10, 30)

    def test_exemptions_that_are_not_named_stay(self, account, save):
        one, other = ImageLibraryFactory.create_batch(2, account=account)
        save(exemptions={one.pk: True, other.pk: True})

        version = save(exemptions={one.pk: False})

        assert version.ruleset.exempt_library_ids == {other.pk}

    def test_nothing_that_differs_is_no_version(self, service, save):
        assert save(policies={GUN: {"enabled": True}}) is None
        assert newest(service).number == 1
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize(("medium", "high"), [(0, 100), (80, 80), (0, 0), (100, 100)])
    def test_programs_may_leave_a_level_out(self, save, medium, high):
        version = save(policies={GUN: scores(medium, high)})

        assert version.ruleset.policies[GUN].high_risk_score == high

    @pytest.mark.parametrize(
        ("medium", "high"), [(90, 80), (-1, 50), (50, 100.01), (float("nan"), 50)]
    )
    def test_scores_that_cannot_be_change_nothing(self, service, save, medium, high):
        with pytest.raises(errors.InvalidScope):
            save(
                policies={DRUG_TEXT: {"enabled": False}, GUN: scores(medium, high)},
            )

        assert newest(service).number == 1
        assert LabelRule.objects.get(service=service, label=DRUG_TEXT).enabled

    def test_a_score_that_the_other_one_forbids_changes_nothing(self, service, save):
        with pytest.raises(errors.InvalidScope):
            save(policies={GUN: {"medium_risk_score": 81.0}})  # high is 80

        assert newest(service).number == 1

    @pytest.mark.parametrize("label", ["sunshine", "violent_gun_lib", "Violent_Gun"])
    def test_an_unknown_label_changes_nothing(self, service, save, label):
        with pytest.raises(errors.InvalidScope):
            save(policies={GUN: {"enabled": False}, label: {"enabled": False}})

        assert newest(service).ruleset.policies[GUN].enabled

    def test_a_vocabulary_is_only_for_text(self, account, save):
        words = VocabularyFactory.create(account=account)

        with pytest.raises(errors.InvalidScope):
            save(policies={GUN: {"vocabulary_id": words.pk}})

    @pytest.mark.parametrize("make", [ImageLibraryFactory.create, VocabularyFactory.create])
    def test_foreign_libraries_are_unknown(self, service, save, make):
        foreign = make().pk

        for change in (
            {"policies": {GUN: {"image_library_id": foreign}}},
            {"policies": {DRUG_TEXT: {"vocabulary_id": foreign}}},
            {"exemptions": {foreign: True}},
            {"ignored_vocabulary_ids": frozenset({foreign})},
            {"kept_settings": {FLAGGED_FOR_TEXT: [foreign]}},
        ):
            with pytest.raises(errors.UnknownLibrary):
                save(**change)
        assert newest(service).number == 1

    def test_a_library_cannot_be_exempt_and_linked(self, account, save):
        library = ImageLibraryFactory.create(account=account)
        save(exemptions={library.pk: True})

        with pytest.raises(errors.ConflictingLibrary):
            save(policies={GUN: {"image_library_id": library.pk}})

    def test_a_dry_run_changes_nothing(self, service, account, save):
        library = ImageLibraryFactory.create(account=account)

        version = save(
            policies={GUN: {"enabled": False}},
            exemptions={library.pk: True},
            kept_settings={"manual_review": {"Enable": True}},
            dry_run=True,
        )

        service.refresh_from_db()
        assert version is None
        assert (service.version, service.kept_settings) == (1, {})
        assert LabelRule.objects.get(service=service, label=GUN).enabled
        assert not service.exemptions.exists()
        assert not AuditEntry.objects.exists()
        assert Publication.objects.of(Publication.Topic.RULESET, service.pk).count() == 1

    def test_a_dry_run_is_checked_like_any_other(self, save):
        with pytest.raises(errors.InvalidScope):
            save(policies={"sunshine": {"enabled": False}}, dry_run=True)

    def test_what_is_only_kept_is_no_version_but_audited(self, service, save):
        save(kept_settings={"manual_review": {"Enable": True}})
        save(kept_settings={"other": 1})

        service.refresh_from_db()
        assert service.kept_settings == {"manual_review": {"Enable": True}, "other": 1}
        assert service.version == 1
        assert [entry.action for entry in AuditEntry.objects.all()] == ["service.keep"] * 2

    def test_pages_keep_scores_that_a_program_has_set(self, service, access_key, save):
        save(policies={GUN: scores(0, 0)})
        switched_off = ScopeChange(
            label=GUN, enabled=False, medium_risk_score=Decimal(0), high_risk_score=Decimal(0)
        )

        version = save_scope(service=service, changes=[switched_off], based_on=2, author=access_key)

        assert not version.ruleset.policies[GUN].enabled


class TestClientToken:
    """A repeated save is recognised, so that it does not undo what others saved since."""

    @pytest.fixture
    def switch(self, service, access_key):
        def save(*, enabled, token="a1", service=service, dry_run=False):
            return save_configuration(
                service=service,
                change=ConfigurationChange(policies={GUN: {"enabled": enabled}}),
                author=access_key,
                token=token,
                dry_run=dry_run,
            )

        return save

    def test_the_same_again_changes_nothing(self, service, switch):
        switch(enabled=False)
        switch(enabled=True, token="a2")

        assert switch(enabled=False) is None
        assert newest(service).ruleset.policies[GUN].enabled
        assert newest(service).number == 3

    def test_a_save_without_a_token_is_never_a_repetition(self, service, switch):
        for enabled in (False, True, False):
            switch(enabled=enabled, token="")

        assert newest(service).number == 4

    def test_a_dry_run_does_not_use_it_up(self, switch):
        switch(enabled=False, dry_run=True)

        assert switch(enabled=False).number == 2

    def test_a_refused_save_does_not_use_it_up(self, service, access_key, switch):
        wrong = ConfigurationChange(policies={"sunshine": {"enabled": False}})
        with pytest.raises(errors.InvalidScope):
            save_configuration(service=service, change=wrong, author=access_key, token="a1")

        assert switch(enabled=False).number == 2

    def test_each_service_has_its_own(self, account, switch):
        switch(enabled=False)

        other = account.services.get(code="postImageCheck")
        assert switch(enabled=False, service=other).number == 2

    def test_it_counts_for_24_hours(self, service, switch):
        switch(enabled=False)
        ClientToken.objects.update(used_at=timezone.now() - LIFETIME + timedelta(minutes=1))
        assert switch(enabled=True) is None

        ClientToken.objects.update(used_at=timezone.now() - LIFETIME - timedelta(minutes=1))
        assert switch(enabled=True).number == 3

    def test_old_ones_are_forgotten(self, switch):
        switch(enabled=False)
        assert forget_old_tokens() == 0

        ClientToken.objects.update(used_at=timezone.now() - LIFETIME - timedelta(minutes=1))

        assert forget_old_tokens() == 1


class TestChangeService:
    def test_what_is_not_given_stays(self, service, access_key):
        copy = copy_service(
            source=service, code=None, name="One", description="First", author=access_key
        )

        change_service(service=copy, description="Second\nline", author=access_key)

        copy.refresh_from_db()
        assert (copy.code, copy.name) == ("baselineCheck_global_01", "One")
        assert copy.description == "Second\nline"
        entry = AuditEntry.objects.get(action="service.change")
        assert entry.details["description"] == ["First", "Second\nline"]

    @pytest.mark.parametrize(
        ("values", "error"),
        [
            ({"name": "a" * 81}, errors.TextTooLong),
            ({"description": "a" * 301}, errors.TextTooLong),
            ({"name": " "}, errors.InvalidText),
            ({"name": "a\nb"}, errors.InvalidText),
            ({"description": "a\u202eb"}, errors.InvalidText),
        ],
    )
    def test_texts_are_what_the_pages_take(self, service, access_key, values, error):
        with pytest.raises(error):
            change_service(service=service, author=access_key, **values)

        assert not AuditEntry.objects.exists()

    def test_what_is_as_it_was_is_not_audited(self, service, access_key):
        change_service(service=service, name=service.name, author=access_key)

        assert not AuditEntry.objects.exists()


class TestDeleteVocabularyEverywhere:
    def test_it_is_taken_out_of_every_rule_first(self, service, account, access_key):
        other = account.services.get(code="postImageCheck")
        words = VocabularyFactory.create(account=account)
        for one in (service, other):
            save_ignored_vocabularies(
                service=one, vocabulary_ids=[words.pk], based_on=1, author=access_key
            )
        change = ConfigurationChange(policies={DRUG_TEXT: {"vocabulary_id": words.pk}})
        save_configuration(service=service, change=change, author=access_key)

        versions = delete_vocabulary_everywhere(
            vocabulary=words, author=access_key, comment="No longer needed"
        )

        assert not Vocabulary.objects.exists()
        assert {version.service for version in versions} == {service, other}
        assert newest(service).number == 4
        assert newest(other).number == 3
        for one in (service, other):
            ruleset = newest(one).ruleset
            assert not ruleset.ignored_vocabulary_ids
            assert not ruleset.flagged_vocabulary_ids
            assert newest(one).comment == "No longer needed"

    def test_services_that_do_not_use_it_get_no_version(self, service, account, access_key):
        count = RulesetVersion.objects.count()

        delete_vocabulary_everywhere(
            vocabulary=VocabularyFactory.create(account=account), author=access_key
        )

        assert RulesetVersion.objects.count() == count

    def test_one_that_is_gone_already_changes_nothing(self, service, account, access_key):
        words = VocabularyFactory.create(account=account)
        Vocabulary.objects.filter(pk=words.pk).delete()

        with pytest.raises(Vocabulary.DoesNotExist):
            delete_vocabulary_everywhere(vocabulary=words, author=access_key)

    def test_exemptions_are_left_alone(self, service, account, access_key):
        library = ImageLibraryFactory.create(account=account)
        save_exemptions(service=service, library_ids=[library.pk], based_on=1, author=access_key)
        words = VocabularyFactory.create(account=account)

        delete_vocabulary_everywhere(vocabulary=words, author=access_key)

        assert newest(service).ruleset.exempt_library_ids == {library.pk}
