"""What programs add to vocabularies, with a report that is kept for a while."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.models import AuditEntry
from libraries import errors
from libraries.import_cleaning import delete_old_keyword_imports
from libraries.keyword_lines import read_keywords
from libraries.models import KeywordImport, Vocabulary
from libraries.services import keywords as services
from tests.factories import AccessKeyFactory, VocabularyFactory


@pytest.fixture
def access_key(account):
    return AccessKeyFactory.create(account=account)


def lines(*texts):
    return read_keywords(enumerate(texts, start=1), also_allowed="_")


def add(vocabulary, access_key, *texts):
    return services.import_keywords(vocabulary=vocabulary, lines=lines(*texts), author=access_key)


def create(account, access_key, *texts, name="Words"):
    return services.import_vocabulary(
        account=account, name=name, lines=lines(*texts), author=access_key
    )


class TestImport:
    def test_each_line_that_is_not_blank_is_counted_once(self, account, access_key):
        vocabulary = VocabularyFactory.create(account=account)
        add(vocabulary, access_key, "cat")

        report = add(
            vocabulary, access_key, "dog", "", "CAT", "dog", "a" * 21, "c@t", "snake_case", "___"
        )

        assert report.added_count == 2
        assert report.repeated == ["CAT", "dog"]
        assert report.too_long == ["a" * 21]
        assert report.invalid == ["c@t", "___"]
        assert report.line_count == 7
        texts = vocabulary.keywords.values_list("text", flat=True)
        assert set(texts) == {"cat", "dog", "snake_case"}

    def test_it_is_written_to_the_audit_log_in_the_name_of_the_key(self, account, access_key):
        add(VocabularyFactory.create(account=account), access_key, "cat")

        assert AuditEntry.objects.get().access_key == access_key

    def test_what_finds_no_room_is_reported(self, account, access_key, settings):
        settings.MAX_KEYWORDS = 2

        report = add(VocabularyFactory.create(account=account), access_key, "a", "b", "c")

        assert (report.added_count, report.without_room) == (2, ["c"])

    def test_an_import_for_which_there_is_no_room_at_all_is_refused(
        self, account, access_key, settings
    ):
        settings.MAX_KEYWORDS = 0
        vocabulary = VocabularyFactory.create(account=account)

        with pytest.raises(errors.KeywordsFull):
            add(vocabulary, access_key, "a")

        assert not KeywordImport.objects.exists()

    def test_what_no_database_can_store_is_reported_all_the_same(self, account, access_key):
        report = add(VocabularyFactory.create(account=account), access_key, "a\0b", "\ud800")

        report.refresh_from_db()
        assert report.invalid == ["a⟨U+0000⟩b", "⟨U+D800⟩"]


class TestImportedVocabulary:
    def test_bad_lines_keep_nothing_from_being_created(self, account, access_key):
        report = create(account, access_key, "cat", "c@t")

        assert report.vocabulary.account == account
        assert [keyword.text for keyword in report.vocabulary.keywords.all()] == ["cat"]
        assert report.invalid == ["c@t"]

    def test_no_room_keeps_it_from_being_created(self, account, access_key, settings):
        settings.MAX_KEYWORDS = 0

        with pytest.raises(errors.KeywordsFull):
            create(account, access_key, "cat")

        assert not Vocabulary.objects.exists()

    @pytest.mark.parametrize(
        ("name", "error"),
        [
            ("", errors.InvalidText),
            (" ", errors.InvalidText),
            ("a\0b", errors.InvalidText),
            ("a\u202eb", errors.InvalidText),
            ("a" * 65, errors.TextTooLong),
        ],
    )
    def test_its_name_is_what_the_pages_take(self, account, access_key, name, error):
        with pytest.raises(error):
            create(account, access_key, name=name)

        assert not Vocabulary.objects.exists()


class TestName:
    def test_the_description_stays_unless_another_is_given(self, account, access_key):
        vocabulary = VocabularyFactory.create(account=account, description="Of last year")

        services.change_vocabulary(vocabulary=vocabulary, name="New", author=access_key)

        vocabulary.refresh_from_db()
        assert (vocabulary.name, vocabulary.description) == ("New", "Of last year")

    def test_a_name_that_cannot_be_changes_nothing(self, account, access_key):
        vocabulary = VocabularyFactory.create(account=account, name="Old")

        with pytest.raises(errors.TextTooLong):
            services.change_vocabulary(vocabulary=vocabulary, name="a" * 65, author=access_key)

        vocabulary.refresh_from_db()
        assert vocabulary.name == "Old"


def test_old_reports_are_deleted_and_their_keywords_stay(account, access_key, settings):
    report = create(account, access_key, "cat")
    add(report.vocabulary, access_key, "dog")
    old = timezone.now() - timedelta(days=settings.IMPORT_LIFETIME_DAYS, minutes=1)
    KeywordImport.objects.filter(pk=report.pk).update(created_at=old)

    deleted = delete_old_keyword_imports()

    assert (deleted, KeywordImport.objects.count()) == (1, 1)
    assert report.vocabulary.keywords.count() == 2
