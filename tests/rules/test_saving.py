"""Saving a tab of a service's rules: one version each, refused as a whole or done as a whole."""

from decimal import Decimal

import pytest

from console.models import AuditEntry, Publication
from rules import errors
from rules.changes import CustomLibraryChange, ScopeChange
from rules.models import LabelRule, Service
from rules.services import (
    MAX_AUDITED_CHANGES,
    copy_service,
    delete_copy,
    restore_version,
    save_custom_libraries,
    save_exemptions,
    save_ignored_vocabularies,
    save_scope,
)
from tests.factories import (
    AccessKeyFactory,
    ImageLibraryFactory,
    MemberFactory,
    ServiceFactory,
    VocabularyFactory,
)

pytestmark = pytest.mark.django_db
GUN = "violent_gun"
DRUG_TEXT = "contraband_drug_tii"


@pytest.fixture
def service():
    return ServiceFactory.create()


@pytest.fixture
def author(service):
    return MemberFactory.create(account=service.account)


def change(label=GUN, medium="60", high="80", *, enabled=True):
    return ScopeChange(
        label=label,
        enabled=enabled,
        medium_risk_score=Decimal(medium),
        high_risk_score=Decimal(high),
    )


class TestSaveScope:
    def test_a_save_is_a_version_a_publication_and_an_audit_entry(self, service, author):
        version = save_scope(
            service=service, changes=[change(high="90")], based_on=1, author=author, comment="Why"
        )

        assert (version.number, version.author, version.comment) == (2, author, "Why")
        assert version.ruleset.policies[GUN].high_risk_score == 90
        newest = Publication.objects.of(Publication.Topic.RULESET, service.pk)[0]
        assert newest.details == {"version": 2}
        entry = AuditEntry.objects.get(action="ruleset.scope")
        assert entry.subject == service.code
        assert entry.details == {
            "version": 2,
            "count": 1,
            "changes": [{"name": GUN, "aspect": "high_risk_score", "before": 80, "after": 90}],
        }

    def test_a_program_saves_in_the_name_of_its_key_even_once_that_is_deleted(self, service):
        key = AccessKeyFactory.create(account=service.account, name="Nightly job")

        version = save_scope(service=service, changes=[change(high="90")], based_on=1, author=key)

        entry = AuditEntry.objects.get(action="ruleset.scope")
        assert (entry.actor, entry.access_key) == (None, key)
        assert entry.account == service.account
        assert entry.actor_name == version.saved_by == f"Nightly job ({key.key_id})"
        key.delete()
        version.refresh_from_db()
        assert version.saved_by == entry.actor_name

    def test_who_saved_a_version_is_known_once_they_have_left(self, service, author):
        version = save_scope(
            service=service, changes=[change(high="90")], based_on=1, author=author
        )
        name = author.name

        author.user.delete()

        version.refresh_from_db()
        assert (version.author, version.saved_by) == (None, name)

    def test_the_audit_entry_of_many_changes_counts_them_and_keeps_the_first(self, service, author):
        labels = service.label_rules.filter(enabled=True).values_list("label", flat=True)
        changes = [change(label, enabled=False) for label in labels]

        save_scope(service=service, changes=changes, based_on=1, author=author)

        details = AuditEntry.objects.get(action="ruleset.scope").details
        assert details["count"] == len(changes) > MAX_AUDITED_CHANGES
        assert len(details["changes"]) == MAX_AUDITED_CHANGES

    def test_a_stale_save_is_refused_and_changes_nothing(self, service, author):
        save_scope(service=service, changes=[change(high="90")], based_on=1, author=author)

        with pytest.raises(errors.StaleVersion) as refusal:
            save_scope(service=service, changes=[change(high="70")], based_on=1, author=author)

        assert (refusal.value.based_on, refusal.value.current) == (1, 2)
        assert LabelRule.objects.get(service=service, label=GUN).high_risk_score == 90

    def test_a_save_without_a_difference_is_refused(self, service, author):
        with pytest.raises(errors.NothingToSave):
            save_scope(service=service, changes=[change()], based_on=1, author=author)

        assert service.versions.count() == 1

    @pytest.mark.parametrize(
        ("medium", "high"), [("90", "80"), ("80", "80"), ("0", "80"), ("60", "100.01"), ("-1", "5")]
    )
    def test_scores_out_of_order_or_range_are_refused(self, service, author, medium, high):
        with pytest.raises(errors.InvalidScope):
            save_scope(
                service=service, changes=[change(GUN, medium, high)], based_on=1, author=author
            )

        assert LabelRule.objects.get(service=service, label=GUN).medium_risk_score == 60

    def test_an_unknown_label_is_refused(self, service, author):
        with pytest.raises(errors.InvalidScope):
            save_scope(service=service, changes=[change("sunshine")], based_on=1, author=author)


class TestSaveLibraries:
    def test_a_label_gets_an_image_library(self, service, author):
        library = ImageLibraryFactory.create(account=service.account, name="Guns")
        chosen = CustomLibraryChange(label=GUN, image_library_id=library.pk)

        version = save_custom_libraries(
            service=service, changes=[chosen], based_on=1, author=author
        )

        assert version.ruleset.blocklist_ids == {library.pk}
        assert version.names["image_libraries"] == {str(library.pk): "Guns"}

    def test_only_labels_of_text_take_a_vocabulary(self, service, author):
        words = VocabularyFactory.create(account=service.account)
        right = CustomLibraryChange(label=DRUG_TEXT, vocabulary_id=words.pk)
        wrong = CustomLibraryChange(label=GUN, vocabulary_id=words.pk)

        version = save_custom_libraries(service=service, changes=[right], based_on=1, author=author)
        with pytest.raises(errors.InvalidScope):
            save_custom_libraries(service=service, changes=[wrong], based_on=2, author=author)

        assert version.ruleset.flagged_vocabulary_ids == {words.pk}

    def test_libraries_of_another_account_are_unknown(self, service, author):
        library, words = ImageLibraryFactory.create(), VocabularyFactory.create()
        chosen = CustomLibraryChange(label=GUN, image_library_id=library.pk)

        with pytest.raises(errors.UnknownLibrary):
            save_custom_libraries(service=service, changes=[chosen], based_on=1, author=author)
        with pytest.raises(errors.UnknownLibrary):
            save_exemptions(service=service, library_ids=[library.pk], based_on=1, author=author)
        with pytest.raises(errors.UnknownLibrary):
            save_ignored_vocabularies(
                service=service, vocabulary_ids=[words.pk], based_on=1, author=author
            )

    def test_a_library_that_is_being_deleted_is_unknown(self, service, author):
        library = ImageLibraryFactory.create(account=service.account, is_being_deleted=True)

        with pytest.raises(errors.UnknownLibrary):
            save_exemptions(service=service, library_ids=[library.pk], based_on=1, author=author)

    def test_a_library_cannot_be_exempt_and_linked(self, service, author):
        library = ImageLibraryFactory.create(account=service.account, name="Guns")
        save_exemptions(service=service, library_ids=[library.pk], based_on=1, author=author)
        chosen = CustomLibraryChange(label=GUN, image_library_id=library.pk)

        with pytest.raises(errors.ConflictingLibrary) as refusal:
            save_custom_libraries(service=service, changes=[chosen], based_on=2, author=author)

        assert refusal.value.names == ("Guns",)
        assert not LabelRule.objects.filter(image_library=library).exists()

    def test_exemptions_and_ignored_vocabularies_are_replaced(self, service, author):
        first, second = ImageLibraryFactory.create_batch(2, account=service.account)
        words = VocabularyFactory.create(account=service.account)
        save_exemptions(service=service, library_ids=[first.pk], based_on=1, author=author)

        save_exemptions(service=service, library_ids=[second.pk], based_on=2, author=author)
        version = save_ignored_vocabularies(
            service=service, vocabulary_ids=[words.pk], based_on=3, author=author
        )

        assert version.ruleset.exempt_library_ids == {second.pk}
        assert version.ruleset.ignored_vocabulary_ids == {words.pk}


class TestCopyService:
    def test_a_copy_has_the_rules_of_its_source_and_changes_alone(self, service, author):
        library = ImageLibraryFactory.create(account=service.account)
        save_exemptions(service=service, library_ids=[library.pk], based_on=1, author=author)
        save_scope(service=service, changes=[change(high="95")], based_on=2, author=author)

        copy = copy_service(
            source=service, code="chat_pictures", name="Chat", description="", author=author
        )
        save_scope(service=copy, changes=[change(high="70")], based_on=1, author=author)

        newest = copy.versions.get(number=2).ruleset
        assert newest.exempt_library_ids == {library.pk}
        assert newest.policies[GUN].high_risk_score == 70
        assert LabelRule.objects.get(service=service, label=GUN).high_risk_score == 95

    def test_the_code_counts_from_the_built_in_service(self, service, author):
        assert service.next_copy_code() == "baselineCheck_global_01"
        code = service.next_copy_code()
        copy = copy_service(source=service, code=code, name="", description="", author=author)

        assert copy.next_copy_code() == "baselineCheck_global_02"

    @pytest.mark.parametrize("code", ["", "with space", "a-b", "x" * 65, "名前", "a\n"])
    def test_a_code_that_cannot_be_one_is_refused(self, service, author, code):
        with pytest.raises(errors.InvalidCode):
            copy_service(source=service, code=code, name="", description="", author=author)

    def test_a_code_in_use_is_refused(self, service, author):
        with pytest.raises(errors.CodeTaken):
            copy_service(
                source=service, code="baselineCheck", name="", description="", author=author
            )

    def test_only_copies_can_be_deleted(self, service, author):
        copy = copy_service(source=service, code="mine", name="", description="", author=author)

        delete_copy(service=copy, author=author)
        with pytest.raises(errors.NotACopy):
            delete_copy(service=service, author=author)

        assert not Service.objects.filter(code="mine").exists()

    def test_what_was_deleted_meanwhile_is_neither_copied_nor_deleted_again(self, service, author):
        copy = copy_service(source=service, code="mine", name="", description="", author=author)
        delete_copy(service=Service.objects.get(pk=copy.pk), author=author)

        with pytest.raises(Service.DoesNotExist):
            delete_copy(service=copy, author=author)
        with pytest.raises(Service.DoesNotExist):
            copy_service(source=copy, code=None, name="", description="", author=author)

        assert AuditEntry.objects.filter(action="service.delete").count() == 1
        assert not Service.objects.filter(code__startswith=f"{service.code}_").exists()


class TestRestoreVersion:
    def test_everything_is_again_as_it_was_under_a_new_number(self, service, author):
        library = ImageLibraryFactory.create(account=service.account)
        save_scope(service=service, changes=[change(high="95")], based_on=1, author=author)
        save_exemptions(service=service, library_ids=[library.pk], based_on=2, author=author)

        first = service.versions.get(number=1)
        version = restore_version(version=first, based_on=3, author=author)

        assert version.number == 4
        assert version.ruleset.label_policies == first.ruleset.label_policies
        assert version.ruleset.exempt_library_ids == frozenset()
        details = AuditEntry.objects.get(action="ruleset.restore").details
        assert (details["version"], details["restored_version"], details["count"]) == (4, 1, 2)

    def test_a_label_that_was_not_there_yet_stays_as_it_is(self, service, author):
        first = service.versions.get(number=1)
        policies = first.document["label_policies"]
        first.document["label_policies"] = [one for one in policies if one["label"] != GUN]
        first.save()
        chosen = [change(GUN, high="95"), change(DRUG_TEXT, high="95")]
        save_scope(service=service, changes=chosen, based_on=1, author=author)

        version = restore_version(version=first, based_on=2, author=author)

        assert version.ruleset.policies[GUN].high_risk_score == 95
        assert version.ruleset.policies[DRUG_TEXT].high_risk_score == 80

    def test_a_library_that_is_gone_is_left_out(self, service, author):
        library = ImageLibraryFactory.create(account=service.account)
        save_exemptions(service=service, library_ids=[library.pk], based_on=1, author=author)
        save_exemptions(service=service, library_ids=[], based_on=2, author=author)
        save_scope(service=service, changes=[change(high="95")], based_on=3, author=author)
        library.delete()

        version = restore_version(version=service.versions.get(number=2), based_on=4, author=author)

        assert version.ruleset.exempt_library_ids == frozenset()
        assert version.ruleset.policies[GUN].high_risk_score == 80
