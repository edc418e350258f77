"""Writing vocabularies and keywords: limits, publication, the audit log, and two at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from console.models import AuditEntry, Publication
from console.roles import Role
from libraries import errors
from libraries.keyword_lines import Reason, lines_of, read_keywords
from libraries.models import Keyword, Vocabulary
from libraries.services import keywords as services
from rules.models import IgnoredVocabulary, LabelRule
from tests.factories import AccountFactory, MemberFactory, ServiceFactory, VocabularyFactory
from tests.own_database import own_database


def lines(*texts):
    return read_keywords(enumerate(texts, start=1))


@pytest.fixture
def author(account):
    return MemberFactory.create(account=account, role=Role.POLICY_MANAGER)


@pytest.fixture
def vocabulary(account):
    return VocabularyFactory.create(account=account)


def add(vocabulary, author, *texts):
    return services.add_keywords(vocabulary=vocabulary, lines=lines(*texts), author=author)


def create(account, author, name="Words", keywords=()):
    return services.create_vocabulary(
        account=account, name=name, description="", lines=lines(*keywords), author=author
    )


class TestCreateVocabulary:
    def test_it_may_be_empty(self, account, author):
        vocabulary, _addition = create(account, author)

        assert vocabulary.keywords.count() == 0
        assert not Publication.objects.exists()

    def test_its_keywords_are_stored_and_published(self, account, author):
        vocabulary, addition = create(account, author, keywords=["cat", "dog"])

        assert addition.added_count == 2
        published = Publication.objects.of(Publication.Topic.KEYWORDS, vocabulary.pk).get()
        assert published.details == {"keywords": ["cat", "dog"]}

    def test_a_name_is_taken_once(self, account, author):
        create(account, author)

        with pytest.raises(errors.LibraryNameTaken, match="“Words”"):
            create(account, author)

    def test_another_account_may_use_the_same_name(self, account, author):
        VocabularyFactory.create(account=AccountFactory.create(), name="Words")

        create(account, author)

        assert account.vocabularies.get().name == "Words"

    def test_the_twenty_first_is_refused(self, account, author):
        VocabularyFactory.create_batch(20, account=account)

        with pytest.raises(errors.TooManyLibraries, match="20 libraries are the limit"):
            create(account, author)

    def test_nothing_is_created_if_a_line_has_to_be_mended(self, account, author, settings):
        settings.MAX_KEYWORDS = 1

        with pytest.raises(errors.KeywordsRefused) as refusal:
            create(account, author, keywords=["cat", "dog"])

        assert [line.text for line in refusal.value.lines] == ["dog"]
        assert not account.vocabularies.exists()
        assert not Keyword.objects.exists()
        assert not Publication.objects.exists()
        assert not AuditEntry.objects.exists()


class TestChangeVocabulary:
    def test_the_name_changes_and_the_keywords_are_not_published(self, account, author, vocabulary):
        services.change_vocabulary(
            vocabulary=vocabulary, name="New", description="why", author=author
        )

        vocabulary.refresh_from_db()
        assert (vocabulary.name, vocabulary.description) == ("New", "why")
        assert AuditEntry.objects.get().details["name"][1] == "New"
        assert not Publication.objects.exists()

    def test_it_may_keep_its_own_name_but_not_take_another(self, account, author, vocabulary):
        other = VocabularyFactory.create(account=account, name="Other")
        services.change_vocabulary(vocabulary=other, name="Other", description="x", author=author)

        with pytest.raises(errors.LibraryNameTaken):
            services.change_vocabulary(
                vocabulary=vocabulary, name="Other", description="", author=author
            )


class TestDeleteVocabulary:
    def test_it_goes_with_its_keywords_and_every_process_hears_of_it(self, author, vocabulary):
        add(vocabulary, author, "cat")

        services.delete_vocabulary(vocabulary=vocabulary, author=author)

        assert not Keyword.objects.exists()
        newest = Publication.objects.first()
        assert (newest.topic, newest.subject_id, newest.details) == (
            "keywords",
            vocabulary.pk,
            {},
        )

    def test_it_stays_while_a_label_is_set_by_it(self, account, author, vocabulary):
        service = ServiceFactory.create(account=account)
        LabelRule.objects.filter(service=service, label="contraband_drug_tii").update(
            vocabulary=vocabulary
        )

        with pytest.raises(errors.LibraryInUse) as refusal:
            services.delete_vocabulary(vocabulary=vocabulary, author=author)

        assert "baselineCheck_global (contraband_drug_tii_lib)" in str(refusal.value)
        assert Vocabulary.objects.filter(pk=vocabulary.pk).exists()
        assert not Publication.objects.filter(topic="keywords").exists()

    def test_it_stays_while_a_service_ignores_it(self, account, author, vocabulary):
        service = ServiceFactory.create(account=account)
        IgnoredVocabulary.objects.create(service=service, vocabulary=vocabulary)

        with pytest.raises(errors.LibraryInUse, match=r"baselineCheck_global \(ignored\)"):
            services.delete_vocabulary(vocabulary=vocabulary, author=author)


class TestAddKeywords:
    def test_what_is_new_is_added_once_in_order(self, author, vocabulary):
        add(vocabulary, author, "Cat")

        addition = add(vocabulary, author, "cat", "dog", "DOG", "a@b")

        assert addition.added_count == 1
        assert [line.reason for line in addition.refused] == [
            Reason.KNOWN,
            Reason.REPEATED,
            Reason.SPECIAL,
        ]
        assert [keyword.text for keyword in vocabulary.keywords.newest_first()] == ["dog", "Cat"]

    def test_two_vocabularies_may_hold_the_same_keyword(self, account, author, vocabulary):
        add(VocabularyFactory.create(account=account), author, "cat")

        assert add(vocabulary, author, "cat").added_count == 1

    def test_the_limit_is_of_all_vocabularies_together(self, account, author, vocabulary, settings):
        settings.MAX_KEYWORDS = 3
        add(VocabularyFactory.create(account=account), author, "a", "b")
        add(VocabularyFactory.create(), author, "of", "another", "account")

        addition = add(vocabulary, author, "c", "d")

        assert addition.added_count == 1
        assert [line.text for line in addition.refused] == ["d"]
        assert services.keyword_count(account) == 3

    def test_the_texts_are_published_with_the_change(self, author, vocabulary):
        add(vocabulary, author, "cat", "a@b", "dog")

        assert Publication.objects.get().details == {"keywords": ["cat", "dog"]}

    def test_of_more_than_a_thousand_the_vocabulary_is_published(self, author, vocabulary):
        add(vocabulary, author, *map(str, range(1001)))

        assert Publication.objects.get().details == {}
        assert vocabulary.keywords.count() == 1001

    def test_many_lines_are_compared_with_what_is_stored_too(self, author, vocabulary):
        add(vocabulary, author, "7", "42")

        addition = add(vocabulary, author, *map(str, range(600)))

        assert addition.added_count == 598
        assert [line.text for line in addition.refused] == ["7", "42"]

    def test_nothing_new_changes_nothing(self, author, vocabulary):
        add(vocabulary, author, "cat")
        changed_at = Vocabulary.objects.get(pk=vocabulary.pk).changed_at

        add(vocabulary, author, "CAT")

        assert Vocabulary.objects.get(pk=vocabulary.pk).changed_at == changed_at
        assert Publication.objects.count() == 1
        assert AuditEntry.objects.count() == 1


class TestDeleteKeywords:
    def test_the_chosen_go_and_are_published(self, author, vocabulary):
        add(vocabulary, author, "cat", "dog", "bird")

        count = services.delete_keywords(
            vocabulary=vocabulary,
            keywords=vocabulary.keywords.filter(text__in=["cat", "bird"]),
            author=author,
        )

        assert count == 2
        assert [keyword.text for keyword in vocabulary.keywords.all()] == ["dog"]
        assert sorted(Publication.objects.first().details["keywords"]) == ["bird", "cat"]

    def test_none_changes_nothing(self, author, vocabulary):
        services.delete_keywords(
            vocabulary=vocabulary, keywords=vocabulary.keywords.all(), author=author
        )

        assert not Publication.objects.exists()


@pytest.fixture(scope="class")
def outcomes(tmp_path_factory):
    """What came of two that added and two that created at once, in a database of their own."""
    environment = (
        os.environ
        | own_database(tmp_path_factory.mktemp("two-at-once"))
        | {
            "DJANGO_SETTINGS_MODULE": "console.settings",
        }
    )
    command = [sys.executable, "-m", "tests.libraries.vocabulary_scene"]
    answer = subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=60
    )
    return json.loads(answer.stdout.splitlines()[-1])


class TestTwoAtOnce:
    def test_the_limit_of_keywords_holds(self, outcomes):
        assert outcomes["added"] == [2, 8]
        assert outcomes["keyword_count"] == 10

    def test_the_last_library_is_created_by_one(self, outcomes):
        assert outcomes["created"] == ["created", "refused"]


def test_lines_of_a_text_area_are_numbered_as_they_are_seen():
    assert [line.number for line in read_keywords(lines_of("ok\n\na@b\r\n\nx;y")).refused] == [3, 5]
