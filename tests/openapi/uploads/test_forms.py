"""Uploads by the form of a browser: its policy, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from openapi.uploads import credentials
from openapi.uploads.models import Upload
from tests.openapi.uploads.requests import (
    BUCKET,
    DATA_MD5,
    code_of,
    field_part,
    form_of,
    policy_of,
    post_cut_form,
    post_form,
)

pytestmark = pytest.mark.django_db


class TestForm:
    @pytest.fixture
    def info(self, ask):
        return ask("GetUploadInfo", Name="Photo of a cat.JPG", ResourceType="image")

    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "cat.jpg"
        path.write_bytes(b"data")
        with path.open("rb") as file:
            yield file

    def test_the_answer_is_a_form(self, info):
        assert info["Code"] == 200
        assert info["Expire"] == 900
        assert info["Host"].endswith(f"/{BUCKET}")
        assert info["Key"] == f"{info['Folder']}file.jpg"

    @pytest.mark.parametrize(("wanted", "got"), [("200", 200), ("204", 204), ("", 204), ("x", 204)])
    def test_a_form_is_stored(self, info, file, wanted, got):
        fields = form_of(info, success_action_status=wanted, file=file)

        response = post_form(fields)

        assert (response.status_code, response.content) == (got, b"")
        upload = Upload.objects.get()
        assert (upload.object_name, upload.md5) == (info["Key"], DATA_MD5)
        assert response["Access-Control-Allow-Origin"] == "*"

    def test_a_form_may_want_to_be_told_where(self, info, file):
        response = post_form(form_of(info, success_action_status="201", file=file))

        assert response.status_code == 201
        assert f"<Key>{info['Key']}</Key>" in response.content.decode()

    def test_the_name_of_the_file_may_be_in_the_key(self, info, file):
        key = info["Folder"] + "${filename}"

        post_form(form_of(info, key=key, file=file))

        assert Upload.objects.get().object_name == f"{info['Folder']}cat.jpg"

    @pytest.mark.parametrize("name", ["a\0b", "a\nb", "x" * 1010, "\u202e"])
    def test_an_object_may_not_have_any_name(self, info, file, name):
        response = post_form(form_of(info, key=info["Folder"] + name, file=file))

        assert (response.status_code, code_of(response)) == (400, "InvalidObjectName")
        assert not Upload.objects.exists()

    def test_a_content_type_that_cannot_be_is_forgotten(self, info, file):
        post_form(form_of(info, **{"Content-Type": "image/\0png"}, file=file))

        assert Upload.objects.get().content_type == ""

    def test_what_comes_after_the_file_is_ignored(self, info, file):
        tail = field_part("key", "somewhere/else") + field_part("policy", "another")

        response = post_form(form_of(info, file=file), tail=tail)

        assert response.status_code == 200
        assert Upload.objects.get().object_name == info["Key"]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"key": "upload/elsewhere/x.jpg"}, "AccessDenied"),
            ({"key": None}, "AccessDenied"),
            ({"policy": None}, "AccessDenied"),
            ({"policy": "e30="}, "SignatureDoesNotMatch"),
            ({"Signature": "中"}, "SignatureDoesNotMatch"),
            ({"OSSAccessKeyId": "STS.other"}, "InvalidAccessKeyId"),
            ({"x-oss-security-token": "other"}, "InvalidAccessKeyId"),
            ({"x-oss-security-token": None}, "AccessDenied"),
        ],
    )
    def test_a_form_that_was_changed_is_refused(self, info, file, changes, code):
        response = post_form(form_of(info, **changes, file=file))

        assert (response.status_code, code_of(response)) == (403, code)
        assert not Upload.objects.exists()

    @pytest.mark.parametrize(
        ("conditions", "holds"),
        [
            ([["eq", "$key", "@"], {"bucket": BUCKET}], True),
            ([["eq", "$key", "other"]], False),
            ([["content-length-range", 5, 10]], False),
            ([["content-length-range", 1, 4]], True),
            ([["starts-with", "$x-color", "re"]], False),
            ([["ends-with", "$key", "jpg"]], False),
            ([{"bucket": "other"}], False),
            ([{}], False),
            ([[]], False),
            (["eq"], False),
        ],
    )
    def test_every_condition_counts(self, access_key, file, conditions, holds):
        issued = credentials.issue(access_key, now=timezone.now(), life=timedelta(minutes=5))
        key = f"{issued.prefix}x.jpg"
        for condition in conditions:
            if isinstance(condition, list) and condition[-1:] == ["@"]:
                condition[-1] = key
        policy = policy_of(conditions, datetime.now(UTC) + timedelta(minutes=5))

        response = post_form(signed_form(issued, key, policy, file))

        assert response.status_code == (204 if holds else 403)

    @pytest.mark.parametrize(
        ("policy", "code"),
        [
            ("bm9uc2Vuc2U=", "InvalidPolicyDocument"),
            ("%%%", "InvalidPolicyDocument"),
            ("e30=", "InvalidPolicyDocument"),
            ("W10=", "InvalidPolicyDocument"),
            (policy_of([], datetime(2100, 1, 1, tzinfo=UTC)), "InvalidPolicyDocument"),
            (policy_of([["eq", "$key", ""]], datetime(2026, 1, 1, tzinfo=UTC)), "AccessDenied"),
        ],
    )
    def test_a_policy_that_cannot_be(self, access_key, file, policy, code):
        issued = credentials.issue(access_key, now=timezone.now(), life=timedelta(minutes=5))

        response = post_form(signed_form(issued, f"{issued.prefix}x.jpg", policy, file))

        assert code_of(response) == code

    def test_a_file_over_the_limit_is_refused(self, info, file, monkeypatch):
        monkeypatch.setattr("openapi.uploads.form_post.MAX_UPLOAD_BYTES", 3)

        assert code_of(post_form(form_of(info, file=file))) == "EntityTooLarge"

    @pytest.mark.parametrize("missing", [1, 20, 40])
    def test_a_form_that_broke_off_leaves_nothing(self, info, file, missing):
        assert code_of(post_cut_form(form_of(info, file=file), missing)) == "IncompleteBody"
        assert not Upload.objects.exists()

    @pytest.mark.parametrize("content_type", ["multipart/form-data", "text/plain", "image/png"])
    def test_what_is_no_form_is_refused(self, content_type):
        response = Client().generic("POST", f"/{BUCKET}", b"nonsense", content_type)

        assert (response.status_code, code_of(response)) == (400, "InvalidArgument")

    def test_a_form_without_a_file_is_refused(self, info):
        assert code_of(post_form(form_of(info))) == "InvalidArgument"

    def test_other_origins_may_ask(self):
        assert Client().options(f"/{BUCKET}")["Access-Control-Allow-Origin"] == "*"


def signed_form(issued, key, policy, file):
    from openapi.uploads.signatures import sign

    return {
        "key": key,
        "policy": policy,
        "OSSAccessKeyId": issued.key_id,
        "Signature": sign(policy, issued.secret),
        "x-oss-security-token": issued.token,
        "file": file,
    }
