"""Detection results: the list, the details, the pictures."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from console.roles import Role
from results import forms
from results.ids import first_id_of
from rules.services import install_catalogue
from tests.factories import HIT, DetectionResultFactory, FeedbackFactory, HitFactory
from tests.html import faults

LIST = "/results/"
MAX_PAGE_BYTES = 60_000


def htmx(target):
    return {"HX-Request": "true", "HX-Target": target}


@pytest.fixture
def client(member_client):
    return member_client(Role.VIEWER)


class TestResultList:
    def test_results_are_newest_first(self, client, account):
        for data_id in ("post-1", "post-2", "post-3"):
            DetectionResultFactory(account=account, data_id=data_id)

        page = client.get(LIST).content.decode()

        assert page.index("post-3") < page.index("post-2") < page.index("post-1")
        assert faults(page) == []

    def test_a_row_says_what_was_found(self, client, account):
        result = HitFactory(account=account, data_id="post-7")

        response = client.get(LIST)

        for text in ("post-7", result.request_id, "High", "contraband_drug_tii", "213 ms", "API"):
            assertContains(response, text)

    def test_two_labels_are_named_and_the_others_counted(self, client, account):
        labels = [
            {"label": label, "confidence": 90.0, "risk_level": "high"}
            for label in ("violent_gun", "violent_knife", "flag_country", "pt_logo")
        ]
        DetectionResultFactory(account=account, labels=labels)

        response = client.get(LIST)

        assertContains(response, "violent_knife")
        assertContains(response, "+2")
        assertNotContains(response, "pt_logo")

    @pytest.mark.parametrize(("role", "links"), [(Role.VIEWER, 0), (Role.MODERATOR, 1)])
    def test_an_empty_list_says_what_to_do(self, member_client, role, links):
        response = member_client(role).get(LIST)

        assertContains(response, "No image checked yet")
        assertContains(response, "Test an image", count=links)

    @pytest.mark.parametrize("change", [str, str.lower, lambda text: f"  {text} "])
    def test_a_request_id_finds_its_result_in_any_case(self, client, account, change):
        wanted, other = DetectionResultFactory.create_batch(2, account=account)

        response = client.get(LIST, {"request_id": change(wanted.request_id)})

        assertContains(response, wanted.request_id)
        assertNotContains(response, other.request_id)

    def test_no_match_offers_to_clear_the_filter(self, client, account):
        DetectionResultFactory(account=account)

        response = client.get(LIST, {"request_id": "nobody"})

        assertContains(response, "No result matches")
        assertContains(response, "Clear filters")

    def test_htmx_gets_the_list_alone(self, client, account):
        DetectionResultFactory(account=account)

        response = client.get(LIST, headers=htmx("results"))

        assertContains(response, 'id="results"')
        assertNotContains(response, "<html")
        assert faults(response.content.decode(), is_fragment=True) == []

    def test_results_of_another_account_are_not_listed(self, client):
        foreign = HitFactory()

        response = client.get(LIST, {"request_id": foreign.request_id})

        assertNotContains(response, "contraband_drug_tii")

    def test_expired_results_are_not_listed(self, client, account):
        old = first_id_of(timezone.now() - timedelta(days=31))
        DetectionResultFactory(account=account, pk=old)

        assertContains(client.get(LIST), "No image checked yet")

    def test_a_page_of_results_with_feedback_stays_small(self, member_client, account):
        install_catalogue(account=account)
        for number in range(21):
            result = HitFactory(account=account, data_id=f"post-{number:06}")
            if number % 2:
                FeedbackFactory(account=account, result=result)

        page = member_client(Role.ADMINISTRATOR).get(LIST)

        assertContains(page, "<tr data-row", count=20)
        assert len(page.content) < MAX_PAGE_BYTES

    def test_queries_do_not_grow_with_the_rows(self, client, account):
        DetectionResultFactory(account=account)
        client.get(LIST)
        with CaptureQueriesContext(connection) as few:
            client.get(LIST)
        DetectionResultFactory.create_batch(10, account=account)

        with CaptureQueriesContext(connection) as many:
            client.get(LIST)

        assert len(many) == len(few) <= 10


class TestPages:
    @pytest.fixture(autouse=True)
    def short_pages(self, monkeypatch):
        monkeypatch.setattr(forms, "PAGE_SIZES", (3,))

    @pytest.fixture
    def data_ids(self, account):
        ids = [f"post-{number}" for number in range(8)]
        for data_id in ids:
            DetectionResultFactory(account=account, data_id=data_id)
        return ids[::-1]

    def shown(self, response):
        return [result.data_id for result in response.context["page"].results]

    def test_pages_follow_one_another_to_an_honest_end(self, client, data_ids):
        first = client.get(LIST)
        second = client.get(LIST, {"before": first.context["page"].older})
        third = client.get(LIST, {"before": second.context["page"].older})

        assert [*self.shown(first), *self.shown(second), *self.shown(third)] == data_ids
        assert first.context["page"].newer is None
        assertContains(third, "This is the end")

    def test_the_way_back_shows_the_same_pages(self, client, data_ids):
        second = client.get(LIST, {"before": client.get(LIST).context["page"].older})
        third = client.get(LIST, {"before": second.context["page"].older})

        back = client.get(LIST, {"after": third.context["page"].newer})

        assert self.shown(back) == self.shown(second)
        assert self.shown(client.get(LIST, {"after": back.context["page"].newer})) == data_ids[:3]

    def test_new_results_do_not_move_a_page(self, client, account, data_ids):
        older = client.get(LIST).context["page"].older
        DetectionResultFactory(account=account, data_id="newcomer")

        assert self.shown(client.get(LIST, {"before": older})) == data_ids[3:6]

    def test_a_place_that_is_no_number_shows_the_newest(self, client, data_ids):
        assert self.shown(client.get(LIST, {"before": "x"})) == data_ids[:3]

    def test_no_more_than_the_limit_are_listed(self, client, data_ids, monkeypatch):
        monkeypatch.setattr("results.search.MAX_LISTED", 2)

        response = client.get(LIST)

        assert self.shown(response) == data_ids[:2]
        assert response.context["page"].older is None


class TestDetail:
    def test_the_page_shows_verdict_evidence_and_answer(self, client, account):
        install_catalogue(account=account)
        result = HitFactory(account=account, data_id="post-7")

        response = client.get(reverse("results:detail", args=[result.request_id]))

        for text in (
            "Block or remove",
            "contraband_drug_tii",
            "91.5",
            "medium from 60, high from 80",
            "buy <mark>cocaine</mark> here",
            "found by text rules, version 3",
            "rules version 1",
            "rocket.jpg",
            "640 \N{MULTIPLICATION SIGN} 427",
            "&quot;RiskLevel&quot;: &quot;high&quot;",
        ):
            assertContains(response, text)
        assert faults(response.content.decode()) == []

    def test_evidence_is_drawn_in_pixels_of_the_original(self, client, account):
        result = HitFactory(account=account)

        response = client.get(reverse("results:detail", args=[result.request_id]))

        assertContains(response, 'viewBox="0 0 640 427"')
        assertContains(response, '<rect x="400" y="200" width="120" height="120"/>')

    @pytest.mark.parametrize(
        ("faces", "words"),
        [
            ([], "No face was found."),
            ([{"box": {"x": 7, "y": 8, "w": 90, "h": 91}, "score": 1.2}], "One face was found"),
        ],
    )
    def test_faces_are_marked_on_the_image(self, client, account, faces, words):
        recognised = {"recognised": "faces", "faces": faces}
        result = HitFactory(account=account, findings=HIT | recognised)

        response = client.get(reverse("results:detail", args=[result.request_id]))

        assertContains(response, words)
        rectangle = '<rect class="text" x="7" y="8" width="90" height="91"/>'
        assert (rectangle in response.content.decode()) == bool(faces)

    def test_a_safe_result_needs_no_action(self, client, account):
        result = DetectionResultFactory(account=account, risk_level="none")

        response = client.get(reverse("results:detail", args=[result.request_id]))

        assertContains(response, "No action")
        assertContains(response, "nonLabel")
        assert faults(response.content.decode()) == []

    def test_htmx_gets_the_drawer(self, client, account):
        result = HitFactory(account=account)

        url = reverse("results:detail", args=[result.request_id])
        response = client.get(url, headers=htmx("drawer"))

        assertContains(response, 'id="drawer-title"')
        assertNotContains(response, "<html")

    def test_a_link_opens_the_list_with_the_drawer(self, client, account):
        result = HitFactory(account=account)

        response = client.get(LIST, {"open": result.request_id.lower()})

        assertContains(response, 'aria-selected="true"')
        assertContains(response, 'id="drawer-title"')
        assert faults(response.content.decode()) == []

    def test_markup_in_what_callers_send_is_shown_as_text(self, client, account):
        result = DetectionResultFactory(account=account, picture_name="<script>alert(1)</script>")

        response = client.get(reverse("results:detail", args=[result.request_id]))

        assertNotContains(response, "<script>alert")

    @pytest.mark.parametrize("name", ["detail", "thumbnail", "preview"])
    def test_a_result_of_another_account_does_not_exist(self, client, name):
        foreign = HitFactory()

        response = client.get(reverse(f"results:{name}", args=[foreign.request_id]))

        assert response.status_code == 404


class TestPictures:
    @pytest.mark.parametrize(
        ("name", "content_type", "first_bytes"),
        [("thumbnail", "image/webp", b"RIFF"), ("preview", "image/jpeg", b"\xff\xd8")],
    )
    def test_a_picture_can_only_be_looked_at(
        self, client, account, name, content_type, first_bytes
    ):
        result = HitFactory(account=account)

        response = client.get(reverse(f"results:{name}", args=[result.request_id]))

        assert b"".join(response).startswith(first_bytes)
        assert response["Content-Type"] == content_type
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert "private" in response["Cache-Control"]
        assert "immutable" in response["Cache-Control"]

    def test_a_file_that_is_gone_is_not_found(self, client, account):
        result = HitFactory(account=account)
        result.thumbnail.storage.delete(result.thumbnail.name)

        response = client.get(reverse("results:thumbnail", args=[result.request_id]))

        assert response.status_code == 404

    def test_strangers_are_led_to_the_sign_in_page(self, account):
        from django.test import Client

        result = HitFactory(account=account)

        response = Client().get(reverse("results:preview", args=[result.request_id]))

        assert response.status_code == 302


class TestLockedDatabase:
    def test_the_list_answers_with_the_error_page(self, member_client):
        client = member_client()
        client.raise_request_exception = False

        with patch("results.search.counted", side_effect=OperationalError("database is locked")):
            response = client.get(reverse("results:result_list"))

        assert response.status_code == 500
        assert "Something went wrong on the server." in response.content.decode()
        assert response.headers["X-Request-Id"] in response.content.decode()
        assert "locked" not in response.content.decode()
