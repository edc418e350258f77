"""Parameters wherever they are in a request, and however they are written."""

import pytest

from moderation.errors import ParameterInvalid
from openapi.errors import GatewayError
from openapi.parameters import merge_parameters, read_json_object
from openapi.wire import FORM, WireRequest


def request(query: str = "", body: bytes = b"", content_type: str = FORM) -> WireRequest:
    return WireRequest("POST", "/", query, {"content-type": content_type}, body)


class TestMergeParameters:
    def test_the_form_wins_over_the_query(self):
        merged = merge_parameters(request("A=query&B=query", b"B=form&C=form"))

        assert merged == {"A": "query", "B": "form", "C": "form"}

    def test_spaces_and_utf8_are_decoded_in_any_encoding(self):
        merged = merge_parameters(request("A=a+b&B=a%20b", "C=%E4%B8%AD*%2A&D=中".encode()))

        assert merged == {"A": "a b", "B": "a b", "C": "中**", "D": "中"}

    def test_empty_values_are_kept(self):
        assert merge_parameters(request("A=&B", b"C=")) == {"A": "", "B": "", "C": ""}

    def test_a_json_body_counts_as_a_form(self):
        body = '{"A": "text", "B": {"k": "中"}, "C": [1], "D": true, "E": 1.5, "F": null}'

        merged = merge_parameters(request("A=query", body.encode(), "application/json"))

        assert merged == {"A": "text", "B": '{"k": "中"}', "C": "[1]", "D": "true", "E": "1.5"}

    @pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b"[" * 100_000])
    def test_a_json_body_that_is_no_object_is_refused(self, body):
        with pytest.raises(GatewayError):
            merge_parameters(request(body=body, content_type="application/json"))

    @pytest.mark.parametrize("content_type", ["", "application/octet-stream", "text/plain"])
    def test_other_bodies_hold_no_parameters(self, content_type):
        assert merge_parameters(request("A=1", b"B=2", content_type)) == {"A": "1"}


class TestReading:
    def test_a_json_object_is_read(self):
        assert read_json_object("Sort", '{"GmtCreate":"desc"}') == {"GmtCreate": "desc"}

    @pytest.mark.parametrize("text", ["", "1", "null", "{", "[" * 100_000])
    def test_anything_else_is_no_json_object(self, text):
        with pytest.raises(ParameterInvalid, match="Sort"):
            read_json_object("Sort", text)
