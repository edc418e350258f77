"""The pages of keyword libraries."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from console.models import Publication
from console.roles import Role
from libraries.keyword_lines import read_keywords
from libraries.models import Keyword
from libraries.services.keywords import add_keywords
from rules.models import IgnoredVocabulary, LabelRule
from tests.factories import MemberFactory, ServiceFactory, VocabularyFactory
from tests.html import faults

HTMX = {"HX-Request": "true"}


def htmx(target):
    return HTMX | {"HX-Target": target}


@pytest.fixture
def manager(member_client):
    return member_client(Role.POLICY_MANAGER)


@pytest.fixture
def vocabulary(account):
    return VocabularyFactory.create(account=account, name="Words")


@pytest.fixture
def add(account):
    author = MemberFactory.create(account=account)

    def add_texts(vocabulary, *texts):
        lines = read_keywords(enumerate(texts, start=1))
        return add_keywords(vocabulary=vocabulary, lines=lines, author=author)

    return add_texts


def url(name, vocabulary=None, *args):
    return reverse(f"libraries:{name}", args=[vocabulary.pk, *args] if vocabulary else [])


def stored(vocabulary):
    return sorted(vocabulary.keywords.values_list("text", flat=True))


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


class TestDetail:
    def test_keywords_are_newest_first_a_hundred_a_page(self, manager, vocabulary, add):
        add(vocabulary, *map(str, range(250)))

        first = manager.get(url("vocabulary_detail", vocabulary))
        page = first.context["page"]
        second = manager.get(url("vocabulary_detail", vocabulary), {"before": page.older})
        back = manager.get(
            url("vocabulary_detail", vocabulary), {"after": second.context["page"].newer}
        )

        assert [keyword.text for keyword in page.rows] == [str(n) for n in range(249, 149, -1)]
        assert second.context["page"].rows[0].text == "149"
        assert back.context["page"].rows == page.rows
        assert (page.newer, second.context["page"].older is not None) == (None, True)

    @pytest.mark.parametrize("search", ["CAT", "ｃａｔ", " cat "])  # noqa: RUF001
    def test_the_search_finds_parts_whatever_the_case(self, manager, vocabulary, add, search):
        add(vocabulary, "Wildcat", "dog", "cats and more")

        response = manager.get(
            url("vocabulary_detail", vocabulary), {"q": search}, headers=htmx("keywords")
        )

        assertContains(response, "Wildcat")
        assertContains(response, "cats and more")
        assertNotContains(response, "dog")
        assertNotContains(response, "<html")

    @pytest.mark.parametrize("search", ["%", "_", "\\"])
    def test_a_wildcard_of_the_database_is_a_character(self, manager, vocabulary, add, search):
        add(vocabulary, "cat")

        response = manager.get(url("vocabulary_detail", vocabulary), {"q": search})

        assertContains(response, "No keyword matches")

    @pytest.mark.parametrize(
        "query", [{"before": "x"}, {"after": "9" * 30}, {"q": "a" * 99}, {"q": "\0"}]
    )
    def test_an_address_that_makes_no_sense_shows_the_library(
        self, manager, vocabulary, add, query
    ):
        add(vocabulary, "cat")

        response = manager.get(url("vocabulary_detail", vocabulary), query)

        assert response.status_code == 200

    def test_a_page_needs_few_queries(
        self, manager, vocabulary, add, django_assert_max_num_queries
    ):
        add(vocabulary, *map(str, range(150)))

        with django_assert_max_num_queries(20):
            manager.get(url("vocabulary_detail", vocabulary), {"q": "1"})

    def test_a_viewer_looks_and_is_offered_nothing(self, member_client, vocabulary, add):
        add(vocabulary, "cat")

        response = member_client(Role.VIEWER).get(url("vocabulary_detail", vocabulary))

        assertContains(response, "cat")
        assertNotContains(response, url("keyword_add", vocabulary))
        assertNotContains(response, url("keyword_import", vocabulary))
        assertNotContains(response, 'name="keyword"')

    @pytest.mark.parametrize(
        ("name", "method"),
        [
            ("vocabulary_detail", "get"),
            ("vocabulary_edit", "get"),
            ("vocabulary_delete", "post"),
            ("keyword_add", "post"),
            ("keyword_delete", "post"),
            ("keyword_try", "post"),
            ("vocabulary_publication", "get"),
        ],
    )
    def test_a_library_of_another_account_is_not_found(self, manager, name, method):
        foreign = VocabularyFactory.create()

        response = getattr(manager, method)(url(name, foreign), {"name": foreign.name})

        assert response.status_code == 404


class TestAddKeywords:
    def add(self, client, vocabulary, text):
        return client.post(
            url("keyword_add", vocabulary), {"keywords": text}, headers=htmx("add-keywords")
        )

    def test_good_lines_are_added_and_the_others_kept_for_mending(
        self, member_client, vocabulary, add
    ):
        add(vocabulary, "Cat")
        client = member_client(Role.MODERATOR)

        response = self.add(client, vocabulary, "dog\ncat\n" + "x" * 21 + "\nb@d\nDOG")

        assertContains(response, "1 added, 1 too long, 1 with characters that are not allowed,")
        assertContains(response, "Already in the library, as “Cat”.")
        assertContains(response, "The same as line 1.")
        kept = response.context["add_form"]["keywords"].value()
        assert kept == "x" * 21 + "\nb@d"
        assert stored(vocabulary) == ["Cat", "dog"]
        assert response.headers["HX-Trigger"] == "keywords-changed"

    def test_if_nothing_is_added_the_answer_is_an_error(self, manager, vocabulary):
        response = self.add(manager, vocabulary, "b@d")

        assertContains(response, "0 added", status_code=422)

    def test_nothing_entered_is_said(self, manager, vocabulary):
        response = self.add(manager, vocabulary, "\n  \n")

        assertContains(response, "Enter one keyword a line.", status_code=422)

    def test_too_many_lines_are_refused_before_any_is_added(self, manager, vocabulary):
        response = self.add(manager, vocabulary, "a\n" * 100_001)

        assertContains(response, "More than 100,000 lines", status_code=422)
        assert stored(vocabulary) == []

    def test_of_many_refused_lines_some_are_listed_and_the_others_counted(
        self, manager, vocabulary
    ):
        response = self.add(manager, vocabulary, "\n".join(f"a@{n}" for n in range(1500)))

        assertContains(response, "and 1300 more lines", status_code=422)
        assertContains(response, "500 more lines have to be changed", status_code=422)
        assert response.context["add_form"]["keywords"].value().count("\n") == 999

    def test_what_was_typed_is_text(self, manager, vocabulary):
        response = self.add(manager, vocabulary, "</textarea><script>alert(1)</script>")

        assertNotContains(response, "<script>alert", status_code=422)


class TestDeleteKeywords:
    def test_the_chosen_are_deleted(self, manager, vocabulary, add):
        add(vocabulary, "cat", "dog", "bird")
        ids = [vocabulary.keywords.get(text=text).pk for text in ("cat", "bird")]

        response = manager.post(url("keyword_delete", vocabulary), {"keyword": ids}, headers=HTMX)

        assert response.status_code == 204
        toast = json.loads(response.headers["HX-Trigger"])
        assert toast["toast"]["text"] == "2 keywords deleted."
        assert stored(vocabulary) == ["dog"]

    def test_all_that_the_search_finds_are_deleted(self, manager, vocabulary, add):
        add(vocabulary, "cat", "wildcat", "dog")

        manager.post(url("keyword_delete", vocabulary), {"all": "1", "q": "CAT"})

        assert stored(vocabulary) == ["dog"]
        assert sorted(Publication.objects.first().details["keywords"]) == ["cat", "wildcat"]

    @pytest.mark.parametrize("ids", [["x"], ["9" * 40], ["-1"], [""], ["²"], []])
    def test_ids_that_make_no_sense_delete_nothing(self, manager, vocabulary, add, ids):
        add(vocabulary, "cat")

        response = manager.post(url("keyword_delete", vocabulary), {"keyword": ids})

        assert response.status_code == 302
        assert stored(vocabulary) == ["cat"]

    def test_keywords_of_another_library_stay(self, account, manager, vocabulary, add):
        other = VocabularyFactory.create(account=account)
        add(other, "cat")

        manager.post(url("keyword_delete", vocabulary), {"keyword": [other.keywords.get().pk]})

        assert stored(other) == ["cat"]


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
        def delete_first(account):
            account.vocabularies.all().delete()

        monkeypatch.setattr("libraries.services.keywords._lock", delete_first)

        response = manager.post(url(name, vocabulary), fields)

        assert response.status_code == 404
        assert not Publication.objects.exists()


class TestTry:
    def attempt(self, client, vocabulary, text):
        return client.post(url("keyword_try", vocabulary), {"text": text}, headers=htmx("try"))

    def test_it_shows_what_is_found_and_what_would_be_checked(self, member_client, vocabulary, add):
        add(vocabulary, "is", "a", "dog")

        response = self.attempt(member_client(Role.VIEWER), vocabulary, "Here IS a small cat")

        assert [match.keyword for match in response.context["trial"].matches] == ["is", "a"]
        assertContains(response, "Here small cat")
        assertNotContains(response, "<html")

    def test_nothing_found_is_said(self, manager, vocabulary, add):
        add(vocabulary, "cat")

        assertContains(self.attempt(manager, vocabulary, "concatenate"), "None of the keywords")

    def test_no_text_is_said(self, manager, vocabulary, add):
        add(vocabulary, "cat")

        response = self.attempt(manager, vocabulary, " ")

        assertContains(response, "This field is required", status_code=422)

    def test_the_text_is_shown_as_text(self, manager, vocabulary, add):
        add(vocabulary, "cat")

        response = self.attempt(manager, vocabulary, "<script>alert(1)</script> cat")

        assertNotContains(response, "<script>alert")


class TestPublication:
    def test_a_change_that_no_process_has_yet_is_asked_for_again(self, manager, vocabulary, add):
        add(vocabulary, "cat")

        response = manager.get(url("vocabulary_publication", vocabulary))

        assertContains(response, "nothing that judges images is running")
        assertContains(response, "every 2s")

    def test_what_is_live_is_asked_for_no_more(self, manager, vocabulary, add):
        add(vocabulary, "cat")
        now = timezone.now()
        Publication.objects.update(created_at=now - timedelta(seconds=0.2), live_at=now)

        response = manager.get(url("vocabulary_publication", vocabulary))

        assertContains(response, "Live")
        assertNotContains(response, "hx-trigger")


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
