"""The pages of keyword libraries: the list, and creating, changing and deleting one."""

from __future__ import annotations

from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.asserts import assertContains, assertNotContains

from console.models import Publication
from console.roles import Role
from libraries.models import Keyword, Vocabulary
from rules.models import IgnoredVocabulary, LabelRule
from tests.factories import MemberFactory, ServiceFactory, VocabularyFactory
from tests.html import faults
from tests.libraries.vocabulary_pages import HTMX, add_texts, htmx, stored, url


@pytest.fixture
def manager(member_client):
    return member_client(Role.POLICY_MANAGER)


@pytest.fixture
def vocabulary(account):
    return VocabularyFactory.create(account=account, name="Words")


@pytest.fixture
def add(account):
    return partial(add_texts, MemberFactory.create(account=account))


class TestList:
    def test_without_libraries_it_says_what_to_do(self, manager):
        response = manager.get(url("vocabulary_list"))

        assertContains(response, "No keyword library yet")
        assertContains(response, "Create Library")

    def test_it_shows_what_is_used_and_where(self, account, manager, vocabulary, add):
        add(vocabulary, "cat", "dog")
        service = ServiceFactory.create(account=account)
        LabelRule.objects.filter(service=service, label="contraband_drug_tii").update(
            vocabulary=vocabulary
        )
        IgnoredVocabulary.objects.create(service=service, vocabulary=vocabulary)

        response = manager.get(url("vocabulary_list"))

        assertContains(response, "1 of 20 libraries")
        assertContains(response, "2 of 100,000 keywords")
        assertContains(response, "contraband_drug_tii_lib")
        assertContains(response, "ignored")

    def test_a_script_in_a_name_is_text(self, account, manager):
        VocabularyFactory.create(account=account, name="<script>alert(1)</script>")

        response = manager.get(url("vocabulary_list"))

        assertNotContains(response, "<script>alert")
        assertContains(response, "&lt;script&gt;alert(1)&lt;/script&gt;")

    def test_a_full_list_offers_no_creation(self, account, manager, settings):
        settings.MAX_VOCABULARIES = 1
        VocabularyFactory.create(account=account)

        response = manager.get(url("vocabulary_list"))

        assertContains(response, "Delete one to create another")
        assertNotContains(response, url("vocabulary_create"))

    def test_who_may_not_edit_is_offered_nothing(self, member_client, vocabulary):
        response = member_client(Role.MODERATOR).get(url("vocabulary_list"))

        assertContains(response, "Words")
        assertNotContains(response, url("vocabulary_create"))
        assertNotContains(response, url("vocabulary_delete", vocabulary))

    def test_twenty_libraries_need_no_more_queries_than_one(
        self, account, manager, add, django_assert_max_num_queries
    ):
        service = ServiceFactory.create(account=account)
        for vocabulary in VocabularyFactory.create_batch(20, account=account):
            add(vocabulary, "cat")
            IgnoredVocabulary.objects.create(service=service, vocabulary=vocabulary)

        with django_assert_max_num_queries(20):
            manager.get(url("vocabulary_list"))

    def test_libraries_of_others_are_not_listed(self, manager):
        VocabularyFactory.create(name="Foreign")

        assertNotContains(manager.get(url("vocabulary_list")), "Foreign")


class TestCreate:
    def test_an_empty_library_is_created_and_opened(self, account, manager):
        response = manager.post(url("vocabulary_create"), {"name": "Words"}, headers=HTMX)

        vocabulary = account.vocabularies.get()
        assert response.headers["HX-Redirect"] == url("vocabulary_detail", vocabulary)
        assertContains(manager.get(response.headers["HX-Redirect"]), "No keyword yet")

    def test_keywords_come_with_it(self, account, manager):
        manager.post(url("vocabulary_create"), {"name": "Words", "keywords": "is\na\nIS"})

        assert stored(account.vocabularies.get()) == ["a", "is"]

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"name": ""}, "This field is required"),
            ({"name": "Words"}, "There is a library “Words” already"),
            ({"name": "x" * 65}, "at most 64 characters"),
            ({"name": "a\u200bb"}, "characters that cannot be seen"),
            ({"keywords": "ok\n" + "x" * 21}, "21 characters; shorten it to 20."),
            ({"keywords": "ok\nb@d"}, "Special character “@”"),
            ({"keywords": "ok\nb\0d"}, "Control character U+0000"),
        ],
    )
    def test_a_refusal_says_why_and_keeps_what_was_typed(
        self, account, manager, vocabulary, fields, message
    ):
        sent = {"name": "New", "description": "kept words", "keywords": "typed"} | fields

        response = manager.post(url("vocabulary_create"), sent, headers=htmx("modal"))

        assertContains(response, message, status_code=422)
        assertContains(response, "kept words", status_code=422)
        assertNotContains(response, "<html", status_code=422)
        assert response.context["form"]["keywords"].value() == sent["keywords"]
        assert list(account.vocabularies.all()) == [vocabulary]

    def test_the_twenty_first_is_refused_with_the_limit(self, account, manager):
        VocabularyFactory.create_batch(20, account=account)

        response = manager.post(url("vocabulary_create"), {"name": "One more"})

        assertContains(response, "20 libraries are the limit", status_code=422)
        assert account.vocabularies.count() == 20

    def test_no_room_for_the_keywords_is_said_line_by_line(self, account, manager, settings):
        settings.MAX_KEYWORDS = 1

        response = manager.post(url("vocabulary_create"), {"name": "W", "keywords": "a\nb"})

        assertContains(response, "No room: all libraries together", status_code=422)
        assert not account.vocabularies.exists()


class TestEditAndDelete:
    def test_name_and_description_change(self, manager, vocabulary):
        manager.post(
            url("vocabulary_edit", vocabulary), {"name": "Other", "description": "for chat"}
        )

        vocabulary.refresh_from_db()
        assert (vocabulary.name, vocabulary.description) == ("Other", "for chat")

    def test_the_name_of_another_is_refused(self, account, manager, vocabulary):
        VocabularyFactory.create(account=account, name="Other")

        response = manager.post(url("vocabulary_edit", vocabulary), {"name": "Other"})

        assertContains(response, "There is a library “Other” already", status_code=422)

    def test_the_name_has_to_be_typed_to_delete(self, account, manager, vocabulary):
        response = manager.post(url("vocabulary_delete", vocabulary), {"name": "words"})

        assertContains(response, "This is not the name of the library", status_code=422)
        assert account.vocabularies.exists()

    def test_it_is_deleted_once_its_name_is_typed(self, account, manager, vocabulary, add):
        add(vocabulary, "cat")

        response = manager.post(
            url("vocabulary_delete", vocabulary), {"name": "Words"}, headers=HTMX
        )

        assert response.headers["HX-Redirect"] == url("vocabulary_list")
        assert not account.vocabularies.exists()
        assert not Keyword.objects.exists()

    def test_a_linked_library_is_not_deleted_and_the_links_are_named(
        self, account, manager, vocabulary
    ):
        service = ServiceFactory.create(account=account)
        IgnoredVocabulary.objects.create(service=service, vocabulary=vocabulary)

        asked = manager.get(url("vocabulary_delete", vocabulary))
        response = manager.post(url("vocabulary_delete", vocabulary), {"name": "Words"})

        assertContains(asked, "cannot be deleted")
        assertContains(asked, service.code)
        assertNotContains(asked, "Delete library</button>")
        assertContains(response, "cannot be deleted", status_code=422)
        assert account.vocabularies.exists()


class TestDeletedMeanwhile:
    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("vocabulary_edit", {"name": "Other"}),
            ("vocabulary_delete", {"name": "Words"}),
            ("keyword_add", {"keywords": "cat"}),
            ("keyword_delete", {"all": "1"}),
            ("keyword_import", {"file": SimpleUploadedFile("words.txt", b"cat")}),
        ],
    )
    def test_a_library_that_another_deletes_just_now_is_not_found(
        self, manager, vocabulary, monkeypatch, name, fields
    ):
        def delete_first(account_id):
            Vocabulary.objects.filter(account=account_id).delete()

        monkeypatch.setattr("libraries.services.keywords.locked_account", delete_first)

        response = manager.post(url(name, vocabulary), fields)

        assert response.status_code == 404
        assert not Publication.objects.exists()


class TestHtml:
    def test_pages_and_fragments_are_valid(self, account, manager, vocabulary, add):
        add(vocabulary, "cat", "狗")
        detail = url("vocabulary_detail", vocabulary)
        answers = [
            manager.get(url("vocabulary_list")),
            manager.get(url("vocabulary_create")),
            manager.post(url("vocabulary_create"), {"name": "", "keywords": "b@d"}),
            manager.get(url("vocabulary_edit", vocabulary)),
            manager.get(url("vocabulary_delete", vocabulary)),
            manager.get(detail),
            manager.get(detail, {"q": "nothing"}),
            manager.post(url("keyword_add", vocabulary), {"keywords": "dog\nb@d"}),
            manager.post(url("keyword_try", vocabulary), {"text": "a cat"}),
            manager.get(url("keyword_import", vocabulary)),
        ]

        assert [faults(answer.content.decode()) for answer in answers] == [[]] * len(answers)
