"""Online test: the form, the run, uploads, retries."""

import re

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from console.roles import Role
from onlinetest import models
from tests import pictures
from tests.html import faults

PAGE = "/test/"
HTMX = {"HX-Request": "true", "HX-Target": "run"}
POLL = {"HX-Request": "true", "HX-Target": "progress"}


def form(**changes):
    return {"service": "baselineCheck_global", "urls": "", "upload_count": "1", **changes}


def page_of(run):
    return reverse("onlinetest:run_page", args=[run.pk])


def upload(client, run, position, content, name="photo.jpg"):
    url = reverse("onlinetest:add_item", args=[run.pk])
    return client.post(url, {"position": position, "image": SimpleUploadedFile(name, content)})


class TestTestPage:
    def test_the_page_has_the_form_and_says_what_will_appear(self, client):
        response = client.get(PAGE)

        for text in ("Data ID", "Auxiliary information", "Image URLs", "No images tested yet"):
            assertContains(response, text)
        assert faults(response.content.decode()) == []

    def test_every_service_can_be_chosen_copies_too(self, client, account):
        service = account.services.get(code="postImageCheck")
        service.pk, service.code = None, "postImageCheck_01"
        service.save()

        response = client.get(PAGE, {"service": "postImageCheck_01"})

        assert response.content.decode().count("<option") == 26
        assertContains(response, '<option value="postImageCheck_01" selected>')

    def test_adjusting_the_rules_first_is_advised(self, client):
        assertContains(client.get(PAGE), "Adjust the rules of the service before you test.")

    @pytest.mark.parametrize(("address", "shown"), [("", True), ("http://vlm.example/v1", False)])
    def test_a_missing_large_model_is_said(self, client, settings, address, shown):
        settings.VLM_BASE_URL, settings.VLM_MODEL = address, "a model"

        page = client.get(PAGE).content.decode()

        assert ("The large model is not connected; the other detectors run." in page) is shown
        assert "data-large-model" in page

    def test_a_service_that_nothing_serves_says_so(self, client):
        page = client.get(PAGE, {"service": "riskDetection"}).content.decode()

        warned = re.search(r'data-service="riskDetection" ?>(.*?)</div>', page, re.DOTALL)
        assert "every image will be returned as nonLabel" in warned[1]
        assert re.search(r'data-service="baselineCheck_global" hidden>', page)

    def test_a_member_who_reads_chinese_reads_the_names_of_services_in_it(self, client, settings):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"

        assertContains(client.get(PAGE), "baselineCheck_global (通用基线检测")

    def test_viewers_may_not_test(self, member_client):
        assert member_client(Role.VIEWER).get(PAGE).status_code == 403


class TestStart:
    def test_a_run_starts_with_its_urls_in_order(self, client, account):
        urls = "https://example.com/1.jpg\n\n  https://example.com/2.jpg \n"
        sent = form(urls=urls, data_id="post-7", info_types=["textInImage", "customImage"])

        response = client.post(PAGE, sent, headers=HTMX)

        run = account.test_runs.get()
        assert run.planned_count == 3
        assert run.data_id == "post-7"
        assert run.info_types == ["textInImage", "customImage"]
        assert [item.name for item in run.items.all()] == [
            "https://example.com/1.jpg",
            "https://example.com/2.jpg",
        ]
        assert response["HX-Push-Url"] == page_of(run)
        assertContains(response, 'data-next-position="2"')
        assertNotContains(response, "<html")

    @pytest.mark.parametrize(
        ("service", "kept"), [("baselineCheck_global", []), ("baselineCheckByVL", ["vlContent"])]
    )
    def test_an_answer_of_the_large_model_is_kept_where_it_is_asked(
        self, client, account, service, kept
    ):
        client.post(PAGE, form(service=service, info_types=["vlContent"]), headers=HTMX)

        assert account.test_runs.get().info_types == kept

    def test_without_javascript_files_come_with_the_form(self, client, account):
        file = SimpleUploadedFile("rocket.jpg", pictures.rocket())

        response = client.post(PAGE, form(images=[file]))

        run = account.test_runs.get()
        assertRedirects(response, page_of(run))
        assert run.items.get().name == "rocket.jpg"

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"upload_count": "0"}, "Add an image"),
            ({"upload_count": "101"}, "Take 1 out and test it afterwards."),
            ({"upload_count": "99", "urls": "https://a.example/\n" * 3}, "Take 2 out and test"),
            ({"service": "nobody"}, "Select a valid choice"),
            ({"data_id": "x" * 65}, "at most 64 characters"),
            ({"data_id": "two words"}, "Use letters A to Z, digits"),
            ({"urls": "ftp://example.com/a"}, "Line 1: a URL starts with http://"),
            ({"urls": "https://例子.example/"}, "percent-encode them"),
            ({"urls": "https://a.example/\nhttps://a.example/a b"}, "Line 2: a URL has no spaces"),
            ({"urls": "https://a.example/" + "x" * 2031}, "the URL has 2049 characters"),
            ({"urls": "http://[::1"}, "Line 1: a URL starts with http://"),
        ],
    )
    def test_what_cannot_be_tested_is_refused_with_the_way_to_mend_it(
        self, client, changes, message
    ):
        response = client.post(PAGE, form(**changes), headers=HTMX)

        assertContains(response, message, status_code=422)
        assert response["HX-Retarget"] == "#test-form"
        assert not models.TestRun.objects.exists()

    def test_what_was_entered_stays_in_the_form(self, client):
        response = client.post(PAGE, form(data_id="post-7", urls="ftp://example.com/a"))

        assertContains(response, 'value="post-7"', status_code=422)
        assertContains(response, "ftp://example.com/a", status_code=422)
        assert faults(response.content.decode()) == []


class TestUpload:
    @pytest.fixture
    def run(self, client, account):
        client.post(PAGE, form(upload_count="3"), headers=HTMX)
        return account.test_runs.get()

    def test_an_upload_becomes_an_item_that_waits(self, client, run):
        response = upload(client, run, 0, pictures.rocket(), "rocket.jpg")

        item = run.items.get()
        assert item.state == "queued"
        assert default_storage.size(item.upload.name) == len(pictures.rocket())
        assertContains(response, f'value="{item.pk}:queued"')
        assertContains(response, "0 / 3")
        assert faults(response.content.decode(), is_fragment=True) == []

    def test_an_upload_that_is_sent_twice_counts_once(self, client, run):
        upload(client, run, 1, pictures.rocket())
        upload(client, run, 1, pictures.rocket())

        item = run.items.get()
        folder = item.upload.name.rpartition("/")[0]
        assert len(default_storage.listdir(folder)[1]) == 1

    @pytest.mark.parametrize(
        ("content", "message"),
        [(b"", "The file is empty"), (b"x" * (20 * 2**20 + 1), "larger than 20 MB")],
    )
    def test_a_file_that_cannot_be_taken_says_so_on_its_card(self, client, run, content, message):
        response = upload(client, run, 0, content)

        assertContains(response, message)
        item = run.items.get()
        assert item.state == "failed"
        assert not item.upload
        assertNotContains(response, "Retry")

    def test_a_file_that_is_too_large_to_be_sent_keeps_its_card(self, client, run):
        values = {"image": SimpleUploadedFile("huge.jpg", b""), "position": "0"}
        url = reverse("onlinetest:add_item", args=[run.pk])

        response = client.post(url, values | {"unsent_bytes": str(3 * 2**30)}, headers=HTMX)

        assertContains(response, "larger than 20 MB")
        item = run.items.get()
        assert (item.name, item.state, item.upload.name) == ("huge.jpg", "failed", "")

    def test_the_101st_place_is_refused(self, client, run):
        response = upload(client, run, 100, pictures.rocket())

        assertContains(response, "100 is the limit", status_code=400)
        assert not run.items.exists()


class TestRunPage:
    def test_a_run_comes_back_with_its_results(self, client, start, finish):
        text = pictures.png(pictures.draw_text("cocaine for sale", "call +1 415 555 0100"))
        run = start(
            ("offer.png", text), ("notes.jpg", b"not a picture"), ("cat.jpg", pictures.cat())
        )
        finish(run)

        response = client.get(page_of(run))

        for part in (
            "3 / 3",
            "contraband_drug_tii",
            "offer.png",
            "No risk label returned",
            "Retry",
        ):
            assertContains(response, part)
        result = run.items.get(position=0).result
        assertContains(response, reverse("results:detail", args=[result.request_id]))
        assertContains(response, 'viewBox="0 0 800 400"')
        assertContains(response, '<rect class="text"')
        assertNotContains(response, "every 1s")
        assert faults(response.content.decode()) == []

    def test_why_an_image_failed_is_said_in_the_language_of_the_page(self, client, start, finish):
        run = start(("notes.jpg", b"not a picture"))
        finish(run)
        english = run.items.get().error

        assertContains(client.get(page_of(run)), english)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
        assertContains(
            client.get(page_of(run)),
            f"请重新保存为 JPEG。\N{FULLWIDTH LEFT PARENTHESIS}{english}",
        )

    def test_auxiliary_information_is_shown_if_it_was_asked_for(self, client, start, finish):
        image = pictures.png(pictures.draw_text("hello world"))
        run = start(("hello.png", image), info_types=["textInImage"])
        finish(run)

        assertContains(client.get(page_of(run)), "OcrResult")

    def test_uploads_that_never_came_are_named(self, client, start, account):
        client.post(PAGE, form(upload_count="3"), headers=HTMX)

        response = client.get(page_of(account.test_runs.get()))

        assertContains(response, "3 images were not uploaded before the page was left.")

    def test_it_asks_again_while_something_runs(self, client, start):
        run = start(("cat.jpg", pictures.cat()))

        response = client.get(page_of(run))

        assertContains(response, 'hx-trigger="every 1s"')

    @pytest.mark.parametrize("shown", ["007:queued", "9" * 30 + ":x", "9" * 5000 + ":x", "x"])
    def test_a_poll_for_what_no_page_shows_changes_nothing(self, shown, client, start):
        run = start(("cat.jpg", pictures.cat()))

        response = client.get(page_of(run), {"waiting": [shown]}, headers=POLL)

        assert response.status_code == 200
        assertNotContains(response, "<article")

    def test_a_poll_brings_the_cards_that_changed_and_stops_at_the_end(self, client, start, finish):
        run = start(("cat.jpg", pictures.cat()), ("rocket.jpg", pictures.rocket()))
        first, second = run.items.all()
        waiting = {"waiting": [f"{first.pk}:queued", f"{second.pk}:queued"]}
        finish(run)
        models.TestItem.objects.filter(pk=second.pk).update(state="queued")

        running = client.get(page_of(run), waiting, headers=POLL)
        models.TestItem.objects.filter(pk=second.pk).update(state="done")
        last = client.get(page_of(run), {"waiting": [f"{second.pk}:queued"]}, headers=POLL)

        assert running.status_code == 200
        assertContains(running, f'id="item-{first.pk}"')
        assertNotContains(running, f'id="item-{second.pk}"')
        assert last.status_code == 286
        page = last.content.decode()
        assert f'id="item-{second.pk}"' in page
        assert re.search(r"<article[^>]+hx-swap-oob", page)
        assert "every 1s" not in page
        assert faults(page, is_fragment=True) == []

    def test_images_that_redis_has_not_taken_are_said_to_wait(self, client, start):
        run = start(("cat.jpg", pictures.cat()))

        assertContains(client.get(page_of(run)), "Redis is away. 1 image waits")

    def test_queries_do_not_grow_with_the_images(self, client, start, finish):
        one = start(("cat.jpg", pictures.cat()))
        many = start(*[("flower.jpg", pictures.flower())] * 4)
        finish(one)
        finish(many)
        client.get(page_of(one))

        with CaptureQueriesContext(connection) as few:
            client.get(page_of(one))
        with CaptureQueriesContext(connection) as more:
            client.get(page_of(many))

        assert len(more) == len(few) <= 20

    @pytest.mark.parametrize("name", ["run_page", "add_item", "retry_item"])
    def test_a_run_of_another_account_does_not_exist(self, start, name, member_client):
        from tests.factories import MemberFactory

        run = start(("cat.jpg", pictures.cat()))
        arguments = [run.pk] if name != "retry_item" else [run.pk, run.items.get().pk]
        stranger = member_client(Role.ADMINISTRATOR)
        stranger.force_login(MemberFactory().user)
        url = reverse(f"onlinetest:{name}", args=arguments)

        response = stranger.get(url) if name == "run_page" else stranger.post(url)

        assert response.status_code == 404


class TestRetry:
    def test_a_failed_image_is_sent_again(self, client, start, finish):
        run = start(("notes.jpg", b"not a picture"))
        finish(run)
        item = run.items.get()
        assert item.error_code == "FormatNotSupported"

        response = client.post(
            reverse("onlinetest:retry_item", args=[run.pk, item.pk]), headers=HTMX
        )

        item.refresh_from_db()
        assert (item.state, item.error, item.attempts) == ("queued", "", 0)
        assertContains(response, f'value="{item.pk}:queued"')
        assertContains(response, "every 1s")

    def test_an_image_that_is_done_is_left_alone(self, client, start, finish):
        run = start(("cat.jpg", pictures.cat()))
        finish(run)
        item = run.items.get()

        client.post(reverse("onlinetest:retry_item", args=[run.pk, item.pk]), headers=HTMX)

        item.refresh_from_db()
        assert item.state == "done"
