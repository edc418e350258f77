"""The page of one keyword library: its keywords, adding some, deleting some, trying them."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from console.models import Publication
from console.roles import Role
from tests.factories import MemberFactory, VocabularyFactory
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

        assertContains(response, "and 1,300 more lines", status_code=422)
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

    def test_a_search_that_no_page_makes_deletes_nothing(self, manager, vocabulary, add):
        add(vocabulary, "cat")

        manager.post(url("keyword_delete", vocabulary), {"all": "1", "q": "x" * 60_000})

        assert stored(vocabulary) == ["cat"]

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
