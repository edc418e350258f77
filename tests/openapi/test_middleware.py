"""Which requests are API calls, and that every answer to one is a JSON object."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError
from django.test import Client

from openapi.wire import FORM, MAX_BODY_BYTES
from tests.openapi.calls import call, moderate, send
from tests.openapi.signing import signed_headers

pytestmark = pytest.mark.django_db


def answer_of(response: Any) -> dict[str, Any]:
    assert response["Content-Type"] == "application/json;charset=utf-8"
    answer: dict[str, Any] = json.loads(response.content)
    return answer


class TestApiMiddleware:
    @pytest.mark.parametrize(
        "request_options",
        [
            {"method": "POST", "path": "/", "headers": {"x-acs-action": "ImageModeration"}},
            {"method": "POST", "path": "/?Action=ImageModeration"},
            {"method": "GET", "path": "/?Version=1&Action=ImageModeration"},
            {"method": "POST", "path": "/", "data": "Action=A&B=1", "content_type": FORM},
        ],
    )
    def test_an_unsigned_call_is_told_so_in_json(self, request_options):
        response = Client().generic(**request_options)

        assert response.status_code == 400
        assert answer_of(response)["Code"] == "MissingParameter"

    @pytest.mark.parametrize(
        "request_options",
        [
            {"path": "/"},
            {"path": "/", "data": "a=b", "content_type": FORM},
            {"path": "/?a=b", "data": '{"Action": "ImageModeration"}'},
            {"path": "/", "data": "{", "content_type": "application/json"},
            {"path": "/", "data": "--x--", "content_type": "multipart/form-data; boundary=x"},
        ],
    )
    def test_a_call_without_an_action_is_told_so_in_json(self, request_options):
        response = Client(enforce_csrf_checks=True).generic("POST", **request_options)

        answer = answer_of(response)
        assert (response.status_code, answer["Code"]) == (400, "MissingParameter")
        assert "Action" in answer["Message"]

    def test_another_path_is_told_to_leave_the_path_out(self):
        response = Client().post("/openapi/", headers={"x-acs-action": "ImageModeration"})

        answer = answer_of(response)
        assert (response.status_code, answer["Code"]) == (404, "InvalidAction.NotFound")
        assert "without a path" in answer["Message"]

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
    def test_another_method_at_the_root_is_refused_even_without_an_action(self, method):
        response = Client(enforce_csrf_checks=True).generic(method, "/", b"a=b", FORM)

        answer = answer_of(response)
        assert (response.status_code, answer["Code"]) == (405, "UnsupportedHTTPMethod")

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS"])
    def test_another_method_is_refused(self, method):
        response = Client().generic(method, "/", headers={"x-acs-action": "ImageModeration"})

        assert response.status_code == 405
        assert response["Content-Type"] == "application/json;charset=utf-8"

    def test_a_body_over_the_limit_is_refused_before_it_is_read(self):
        length = str(MAX_BODY_BYTES + 1)
        headers = {"x-acs-action": "ImageModeration"}

        response = Client().post("/", b"", FORM, headers=headers, CONTENT_LENGTH=length)

        assert (response.status_code, answer_of(response)["Code"]) == (413, "RequestBodyTooLarge")

    def test_a_database_that_is_away_is_an_internal_error_in_json(self, access_key, caplog):
        with patch("openapi.authentication.use_nonce", side_effect=DatabaseError("disk full")):
            response = call(access_key.key_id)

        answer = answer_of(response)
        assert (response.status_code, answer["Code"]) == (500, "InternalError")
        assert "disk full" not in answer["Message"]
        assert answer["RequestId"] in caplog.text

    def test_the_console_is_none_of_its_business(self):
        reached = []

        def get_response(request):
            reached.append(request.path)

        from django.test import RequestFactory

        from openapi.middleware import ApiMiddleware

        middleware = ApiMiddleware(get_response)
        middleware(RequestFactory().get("/?next=/results/"))
        middleware(RequestFactory().post("/rules/", {"Action": "save"}))
        middleware(RequestFactory().head("/"))

        assert reached == ["/", "/rules/", "/"]

    def test_more_parameters_than_any_client_sends_are_refused(self):
        body = "&".join(f"a{number}=1" for number in range(1001)).encode()
        headers = {"x-acs-action": "ImageModeration"}

        response = Client().post("/", body, FORM, headers=headers)

        assert answer_of(response)["Code"] == "InvalidParameter"

    def test_a_json_body_that_is_no_object_is_refused(self, access_key):
        json_type = {"content-type": "application/json"}
        headers = signed_headers(access_key.key_id, body=b"[1]", extra=json_type)

        response = send(headers, body=b"[1]")

        assert answer_of(response)["Code"] == "InvalidParameter"

    def test_what_no_name_can_hold_is_an_unknown_name(self, access_key):
        body = b'{"Service": "\\ud800\\u0000", "ServiceParameters": "{}"}'
        json_type = {"content-type": "application/json"}
        headers = signed_headers(access_key.key_id, body=body, extra=json_type)

        assert answer_of(send(headers, body=body))["Code"] == 401

    def test_a_refusal_repeats_only_the_beginning_of_what_it_refuses(self, access_key):
        values = {"imageUrl": "http://example.com/", "infoType": "x" * 100_000}

        answer = moderate(access_key.key_id, "baselineCheck_global", values)

        assert answer["Code"] == 401
        assert len(answer["Msg"]) < 300


class TestDispatch:
    @pytest.mark.parametrize(
        ("version", "action", "code"),
        [
            ("2022-03-02", "TextModeration", "InvalidAction.NotFound"),
            ("2022-09-26", "ListAppConfigs", "InvalidAction.NotFound"),
            ("2022-03-02", "imageModeration", "InvalidAction.NotFound"),
            ("2022-09-26", "ImageModeration", "InvalidAction.NotFound"),
            ("2020-01-01", "ImageModeration", "InvalidVersion"),
        ],
    )
    def test_what_is_no_action_of_a_version_is_not_found(self, access_key, version, action, code):
        response = call(access_key.key_id, version=version, action=action)

        answer = answer_of(response)
        assert (response.status_code, answer["Code"]) == (404, code)
        assert answer["HostId"] == "testserver"
        assert answer["Recommend"] == ""
