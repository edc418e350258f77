"""The object store: what it takes, what it gives back, and what it refuses."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from onlinetest.models import TestItem
from openapi.uploads import credentials, receiving
from openapi.uploads.cleaning import delete_old_uploads, delete_stray_files
from openapi.uploads.models import Upload
from tests.factories import ServiceFactory
from tests.openapi.uploads.conftest import token_of
from tests.openapi.uploads.requests import (
    BUCKET,
    DATA_MD5,
    Uploader,
    code_of,
    content_of,
    md5,
)

pytestmark = pytest.mark.django_db


def stored_files():
    found = []
    for hour in default_storage.listdir("uploads")[0] if default_storage.exists("uploads") else []:
        found += default_storage.listdir(f"uploads/{hour}")[1]
    return found


class TestToken:
    def test_it_names_a_place_and_a_time(self, uploader, settings):
        token = uploader.token

        assert token["AccessKeyId"].startswith("STS.")
        assert (token["BucketName"], token["OssInternetEndPoint"]) == (BUCKET, "http://testserver")
        assert token["FileNamePrefix"].startswith("upload/")
        left = token["Expiration"] - timezone.now().timestamp()
        assert 29 * 60 < left <= 30 * 60

    def test_each_has_a_prefix_of_its_own(self, access_key):
        prefixes = {token_of(access_key)["FileNamePrefix"] for _ in range(3)}

        assert len(prefixes) == 3

    def test_it_is_no_key_of_the_api(self, uploader, client):
        from tests.openapi.calls import call

        response = call(
            uploader.token["AccessKeyId"],
            {},
            action="DescribeUploadToken",
            version="2022-03-02",
        )

        assert response.status_code == 404
        assert response.json()["Code"] == "InvalidAccessKeyId.NotFound"


class TestPut:
    @pytest.mark.parametrize("version", [1, 4])
    @pytest.mark.parametrize("name", ["x.png", "中 a+b%25.png", "deeper/x.png", "../x.png"])
    def test_it_can_be_got_back(self, uploader, version, name):
        key = uploader.key(name)

        response = uploader.put(key, version=version)

        assert (response.status_code, response.content) == (200, b"")
        assert response["ETag"] == f'"{DATA_MD5}"'
        got = uploader.get(key, version=version)
        assert content_of(got) == b"data"
        assert got["ETag"] == response["ETag"]
        assert Upload.objects.get().object_name == key

    def test_the_slashes_of_the_key_may_be_escaped(self, uploader):
        key = uploader.key("x.png")

        response = uploader.put(key, path=f"/{BUCKET}/{key.replace('/', '%2F')}")

        assert response.status_code == 200

    def test_the_bucket_may_be_in_the_name_of_the_host(self, uploader):
        key = uploader.key("x.png")
        uploader.client.defaults["HTTP_HOST"] = "moderation.example.com"

        response = uploader.put(key, path=f"/{key}", bucket="moderation")

        assert response.status_code == 200
        assert Upload.objects.get().bucket == "moderation"

    def test_another_of_the_same_name_takes_its_place(self, uploader):
        key = uploader.key("x.png")
        uploader.put(key)

        uploader.put(key, b"newer")

        assert content_of(uploader.get(key)) == b"newer"
        assert Upload.objects.count() == 1

    def test_the_file_of_the_one_before_is_deleted(
        self, uploader, django_capture_on_commit_callbacks
    ):
        key = uploader.key("x.png")
        uploader.put(key)

        with django_capture_on_commit_callbacks(execute=True):
            uploader.put(key, b"newer")

        assert len(stored_files()) == 1

    def test_an_md5_that_is_right_passes(self, uploader):
        headers = {"content-md5": md5(b"data")}

        assert uploader.put(uploader.key("x"), headers=headers).status_code == 200

    @pytest.mark.parametrize("wrong", [md5(b"other"), "nonsense", "中", "a" * 10_000])
    def test_an_md5_that_is_wrong_does_not(self, uploader, wrong):
        headers = {"content-md5": wrong}

        response = uploader.put(uploader.key("x"), headers=headers)

        assert (response.status_code, code_of(response)) in [
            (400, "InvalidDigest"),
            (403, "SignatureDoesNotMatch"),  # a header is Latin-1, what was signed was not
        ]
        assert not Upload.objects.exists()
        assert stored_files() == []

    def test_a_body_at_the_limit_passes(self, uploader, monkeypatch):
        monkeypatch.setattr(receiving, "MAX_UPLOAD_BYTES", 100)

        assert uploader.put(uploader.key("x"), b"a" * 100).status_code == 200

    def test_a_body_over_the_limit_does_not(self, uploader, monkeypatch):
        monkeypatch.setattr(receiving, "MAX_UPLOAD_BYTES", 100)

        response = uploader.put(uploader.key("x"), b"a" * 101)

        assert (response.status_code, code_of(response)) == (400, "EntityTooLarge")
        assert not Upload.objects.exists()

    def test_the_quota_of_the_account_is_kept(self, uploader, stranger, settings):
        settings.UPLOAD_QUOTA_MB = 0

        refused = uploader.put(uploader.key("x"))

        assert (refused.status_code, code_of(refused)) == (403, "QuotaExceeded")

    def test_a_disk_that_is_full_leaves_nothing_behind(self, uploader, monkeypatch):
        def fail(upload: Upload) -> None:
            raise OSError("No space left on device")

        monkeypatch.setattr(receiving, "_put", fail)

        response = uploader.put(uploader.key("x"))

        assert (response.status_code, code_of(response)) == (500, "InternalError")
        assert stored_files() == []


class TestRefusals:
    def test_what_is_not_signed(self, uploader):
        response = Client().put(f"/{BUCKET}/{uploader.key('x')}", b"data")

        assert (response.status_code, code_of(response)) == (403, "AccessDenied")

    @pytest.mark.parametrize("name", ["x.png", "../x.png"])
    def test_below_the_prefix_of_somebody_else(self, uploader, stranger, name):
        response = uploader.put(stranger.key(name))

        assert (response.status_code, code_of(response)) == (403, "AccessDenied")

    def test_without_a_name(self, uploader):
        assert code_of(uploader.put("", path=f"/{BUCKET}/")) == "AccessDenied"

    def test_another_bucket(self, uploader):
        response = uploader.put(uploader.key("x"), bucket="other-bucket")

        assert (response.status_code, code_of(response)) == (404, "NoSuchBucket")

    def test_a_name_that_is_too_long_or_cannot_be_printed(self, uploader):
        for name in ("a" * 1024, "中" * 400, "a\x00b", "a\nb"):
            response = uploader.put(uploader.key(name))

            assert (response.status_code, code_of(response)) == (400, "InvalidObjectName")

    def test_somebody_elses_object(self, uploader, stranger):
        uploader.put(uploader.key("x"))

        assert code_of(stranger.get(uploader.key("x"))) == "AccessDenied"

    def test_a_signature_of_another_secret(self, uploader, stranger):
        uploader.token["AccessKeySecret"] = stranger.token["AccessKeySecret"]

        response = uploader.put(uploader.key("x"))

        assert (response.status_code, code_of(response)) == (403, "SignatureDoesNotMatch")

    @pytest.mark.parametrize("name", ["AccessKeyId", "SecurityToken"])
    def test_a_key_with_the_token_of_another(self, uploader, stranger, name):
        uploader.token[name] = stranger.token[name]

        response = uploader.put(uploader.key("x"))

        assert (response.status_code, code_of(response)) == (403, "InvalidAccessKeyId")

    @pytest.mark.parametrize("token", ["", "x", "a.b:c", "中", "e30:x"])
    def test_a_token_that_is_none(self, uploader, token):
        uploader.token["SecurityToken"] = token

        assert uploader.put(uploader.key("x")).status_code == 403

    def test_the_permanent_key(self, access_key, uploader):
        uploader.token["AccessKeyId"] = access_key.key_id

        assert code_of(uploader.put(uploader.key("x"))) == "InvalidAccessKeyId"

    def test_a_token_that_has_expired(self, access_key):
        issued = credentials.issue(
            access_key, now=timezone.now() - timedelta(hours=1), life=timedelta(minutes=30)
        )
        late = Uploader(
            {
                "AccessKeyId": issued.key_id,
                "AccessKeySecret": issued.secret,
                "SecurityToken": issued.token,
                "FileNamePrefix": issued.prefix,
            }
        )

        response = late.put(late.key("x"))

        assert (response.status_code, code_of(response)) == (403, "AccessDenied")
        assert b"expired" in response.content

    @pytest.mark.parametrize("version", [1, 4])
    @pytest.mark.parametrize("minutes", [-16, 16])
    def test_a_clock_that_is_wrong(self, uploader, version, minutes):
        uploader.late = timedelta(minutes=minutes)

        response = uploader.put(uploader.key("x"), version=version)

        assert (response.status_code, code_of(response)) == (403, "RequestTimeTooSkewed")

    def test_a_key_that_was_disabled_in_the_meantime(self, uploader, access_key):
        access_key.enabled = False
        access_key.save(update_fields=["enabled"])

        response = uploader.put(uploader.key("x"))

        assert (response.status_code, code_of(response)) == (403, "AccessDenied")

    @pytest.mark.parametrize("query", ["?acl", "?uploads", "?partNumber=1&uploadId=2", "?append"])
    def test_anything_but_putting_and_getting(self, uploader, query):
        assert uploader.put(uploader.key("x"), query=query).status_code == 403

    @pytest.mark.parametrize("method", ["DELETE", "PATCH"])
    def test_other_methods(self, uploader, method):
        response = uploader.send(method, uploader.key("x"))

        assert (response.status_code, code_of(response)) == (405, "MethodNotAllowed")


class TestGet:
    def test_what_is_not_there(self, uploader):
        response = uploader.get(uploader.key("x"))

        assert (response.status_code, code_of(response)) == (404, "NoSuchKey")

    def test_head_has_no_body(self, uploader):
        uploader.put(uploader.key("x"))

        response = uploader.send("HEAD", uploader.key("x"))

        assert (response.content, response["Content-Length"]) == (b"", "4")
        missing = uploader.send("HEAD", uploader.key("y"))
        assert (missing.status_code, missing.content) == (404, b"")

    @pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/javascript", ""])
    def test_a_browser_never_runs_it(self, uploader, kind):
        uploader.put(
            uploader.key("x"), b"<script>alert(1)</script>", headers={"content-type": kind}
        )

        response = uploader.get(uploader.key("x"))

        assert response["Content-Type"] == "application/octet-stream"
        assert response["Content-Disposition"] == "attachment"
        assert "sandbox" in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
        response.close()

    def test_its_time_is_over(self, uploader, settings):
        uploader.put(uploader.key("x"))
        old = timezone.now() - timedelta(minutes=settings.UPLOAD_LIFETIME_MINUTES, seconds=1)
        Upload.objects.update(uploaded_at=old)

        assert code_of(uploader.get(uploader.key("x"))) == "NoSuchKey"


class TestLink:
    def test_it_opens_the_upload_and_nothing_else(self, ask, uploader):
        key = uploader.key("中 a+b.png")
        uploader.put(key, headers={"content-type": "image/png"})
        uploader.put(f"{key}x")

        link = ask.data("GetUploadLink", UploadUrl=key)

        path = link.partition("//")[2].partition("/")[2]
        response = Client().get(f"/{path}")
        assert (content_of(response), response["Content-Type"]) == (b"data", "image/png")
        for changed in (path.replace("a%2Bb", "a%2Bc"), path.replace("Expires=", "Expires=1")):
            assert Client().get(f"/{changed}").status_code == 403
        assert Client().put(f"/{path}", b"other").status_code == 403
        assert Client().head(f"/{path}").status_code == 403

    def test_a_link_names_the_upload_too(self, ask, uploader):
        uploader.put(uploader.key("x.png"))
        link = ask.data("GetUploadLink", UploadUrl=uploader.key("x.png"))

        assert ask.data("GetUploadLink", UploadUrl=link).startswith("http://")

    @pytest.mark.parametrize(
        ("wanted", "status", "code"),
        [
            ("", 400, "MissingParameter"),
            ("upload/none/x.png", 404, "NotFound"),
            ("http://example.com/x.png", 404, "NotFound"),
            ("http://[/x.png", 404, "NotFound"),
        ],
    )
    def test_what_is_no_upload_has_none(self, ask, wanted, status, code):
        got, answer = ask.response("GetUploadLink", UploadUrl=wanted)

        assert (got, answer["Code"]) == (status, code)

    def test_that_of_another_account_has_none(self, ask, stranger):
        stranger.put(stranger.key("x.png"))

        assert ask.response("GetUploadLink", UploadUrl=stranger.key("x.png"))[0] == 404

    def test_an_online_test_takes_a_link_without_fetching_it(self, ask, uploader, account):
        ServiceFactory.create(account=account, code="baselineCheck_global")
        uploader.put(uploader.key("cat.jpg"))
        link = ask.data("GetUploadLink", UploadUrl=uploader.key("cat.jpg"))

        answer = ask(
            "CreateOnlineTest", ResourceType="image", ServiceCode="baselineCheck_global", Url=link
        )

        assert (answer["TaskStatus"], answer["Url"]) == ("RUNNING", link)
        item = TestItem.objects.get(request_id=answer["TaskId"])
        assert (item.url, item.upload.read(), item.name) == ("", b"data", "cat.jpg")
        item.upload.close()
        assert ask("DescribeOnlineTestResult", TaskId=answer["TaskId"])["Url"] == link


class TestCleaning:
    def test_old_uploads_go_with_their_files(self, uploader, settings):
        uploader.put(uploader.key("old"))
        uploader.put(uploader.key("new"))
        old = timezone.now() - timedelta(minutes=settings.UPLOAD_LIFETIME_MINUTES, seconds=1)
        Upload.objects.filter(object_name=uploader.key("old")).update(uploaded_at=old)

        assert delete_old_uploads() == 1

        assert Upload.objects.get().object_name == uploader.key("new")
        assert len(stored_files()) == 1

    def test_files_that_nothing_knows_go_with_their_hour(self, uploader):
        from django.core.files.base import ContentFile

        default_storage.save("uploads/2026010203/stray", ContentFile(b"data"))
        uploader.put(uploader.key("new"))

        assert delete_stray_files() == 1

        assert not default_storage.exists("uploads/2026010203")
        assert len(stored_files()) == 1

    def test_without_a_folder_there_are_none(self):
        assert delete_stray_files() == 0
