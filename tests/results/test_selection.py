"""What is done with several results at once: false positive, add to library."""

import json

import pytest
from django.db import connection
from pytest_django.asserts import assertContains

from console.roles import Role
from libraries.models import ImportJob, ImportRow
from results.models import Feedback
from tests.factories import DetectionResultFactory, HitFactory, ImageLibraryFactory
from tests.html import faults

FEEDBACK, LIBRARY = "/results/selected/feedback/", "/results/selected/library/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def results(account):
    return DetectionResultFactory.create_batch(2, account=account)


@pytest.fixture
def client(member_client):
    return member_client(Role.MODERATOR)


def selected(*results):
    return {"result": [result.request_id for result in results]}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is SQLite's")
def test_the_selected_are_found_without_a_look_at_the_others(account, results):
    found = account.results.with_request_ids([result.request_id for result in results])

    assert set(found) == set(results)
    assert "(request_id=?)" in found.explain()
    assert "(account_id=?)" not in found.explain()


class TestFeedback:
    def test_each_is_marked_and_its_row_says_so(self, client, results):
        foreign = HitFactory()

        response = client.post(FEEDBACK, selected(*results, foreign), headers=HTMX)

        assert {one.result for one in Feedback.objects.all()} == set(results)
        toast = json.loads(response["HX-Trigger"])["toast"]["text"]
        assert toast == "2 results marked as false positives."
        for result in results:
            assertContains(response, f"tr:has([value='{result.request_id}']) .said")
        assert response.content.decode().count("hx-swap-oob") == 2
        assert faults(response.content.decode(), is_fragment=True) == []

    def test_details_that_are_open_beside_the_list_hear_of_it(self, client, results):
        opened = results[0].request_id
        headers = HTMX | {"HX-Current-URL": f"http://testserver/results/?open={opened}"}

        response = client.post(FEEDBACK, selected(*results), headers=headers)

        assert f"feedback-{opened}" in json.loads(response["HX-Trigger"])

    def test_nothing_selected_marks_nothing(self, client, results):
        client.post(FEEDBACK, headers=HTMX)

        assert not Feedback.objects.exists()

    def test_ids_that_cannot_be_are_left_out(self, client, results):
        sent = {"result": ["a\0b", results[0].request_id]}

        assert client.post(FEEDBACK, sent, headers=HTMX).status_code == 200
        assert Feedback.objects.get().result == results[0]

    def test_a_viewer_is_refused(self, member_client, results):
        response = member_client(Role.VIEWER).post(FEEDBACK, selected(*results), headers=HTMX)

        assert response.status_code == 403
        assert not Feedback.objects.exists()


class TestAddToLibrary:
    def test_an_import_is_started_and_shown(self, client, account, results):
        library = ImageLibraryFactory.create(account=account)
        foreign = HitFactory()

        response = client.post(
            LIBRARY, selected(*results, foreign) | {"library": library.pk}, headers=HTMX
        )

        job = ImportJob.objects.get()
        assert response["HX-Redirect"] == f"/libraries/imports/{job.pk}/"
        assert (job.library, ImportRow.objects.filter(job=job).count()) == (library, 2)

    def test_the_dialog_keeps_the_selection(self, client, account, results):
        ImageLibraryFactory.create(account=account)

        page = client.get(LIBRARY, selected(*results))

        for result in results:
            assertContains(page, f'name="result" value="{result.request_id}"')
        assertContains(page, "Add 2 pictures to a library")
        assert faults(page.content.decode()) == []

    def test_why_not_is_said_beside_the_field(self, client, account):
        result = DetectionResultFactory.create(account=account, preview="")
        library = ImageLibraryFactory.create(account=account)

        response = client.post(LIBRARY, selected(result) | {"library": library.pk}, headers=HTMX)

        assertContains(response, "The stored picture is gone", status_code=422)

    def test_nothing_selected_is_said(self, client):
        assertContains(client.get(LIBRARY), "Select results in the list first")

    def test_a_viewer_is_refused(self, member_client, results):
        assert member_client(Role.VIEWER).get(LIBRARY, selected(*results)).status_code == 403
