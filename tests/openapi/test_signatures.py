"""Recorded requests of unmodified clients verify; with anything changed they do not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from openapi.errors import GatewayError
from openapi.signature import Acs3Signature
from openapi.signature_v1 import HmacSha1Signature
from openapi.wire import WireRequest
from tests.openapi.recordings import SECRETS, Recording, recordings

GOOD = [recording for recording in recordings() if recording.verifies]
ACS3 = [recording for recording in GOOD if recording.is_acs3]
SHA1 = [recording for recording in GOOD if not recording.is_acs3]


def name_of(recording: Recording) -> str:
    return recording.name


def read(recording: Recording) -> Acs3Signature | HmacSha1Signature:
    kind = Acs3Signature if recording.is_acs3 else HmacSha1Signature
    return kind.read(recording.request)


def verify(recording: Recording, *, late_s: int = 0) -> None:
    signature = read(recording)
    signature.verify(SECRETS.get(signature.key_id, ""), recording.date + timedelta(seconds=late_s))


def changed(recording: Recording, change: Callable[[WireRequest], WireRequest]) -> Recording:
    return Recording(recording.name, change(recording.request))


def with_header(name: str, value: str) -> Callable[[WireRequest], WireRequest]:
    return lambda request: replace(request, headers={**request.headers, name: value})


def with_longer_host(request: WireRequest) -> WireRequest:
    return with_header("host", request.headers["host"] + "0")(request)


def with_other_method(request: WireRequest) -> WireRequest:
    return replace(request, method="PUT")


def with_added_parameter(request: WireRequest) -> WireRequest:
    return replace(request, query=f"{request.query}&Extra=1".lstrip("&"))


def with_other_query_value(request: WireRequest) -> WireRequest:
    return replace(request, query=request.query.replace("=", "=x", 1))


def with_flipped_body_byte(request: WireRequest) -> WireRequest:
    body = bytearray(request.body)
    body[-1] ^= 1
    return replace(request, body=bytes(body))


def with_other_digit(request: WireRequest) -> WireRequest:
    text = request.headers["authorization"]
    return with_header("authorization", text[:-1] + ("1" if text[-1] == "0" else "0"))(request)


def test_recordings_are_there():
    assert len(ACS3) > 25
    assert len(SHA1) > 7


@pytest.mark.parametrize("recording", GOOD, ids=name_of)
def test_a_recorded_request_verifies_at_its_own_date(recording):
    verify(recording)


@pytest.mark.parametrize("recording", GOOD, ids=name_of)
@pytest.mark.parametrize("late_s", [900, -900])
def test_the_clock_may_be_fifteen_minutes_off(recording, late_s):
    verify(recording, late_s=late_s)


@pytest.mark.parametrize("recording", GOOD, ids=name_of)
@pytest.mark.parametrize("late_s", [901, -901])
def test_a_clock_more_than_fifteen_minutes_off_is_refused(recording, late_s):
    with pytest.raises(GatewayError) as refusal:
        verify(recording, late_s=late_s)

    assert refusal.value.code == "InvalidTimeStamp.Expired"


def test_a_path_in_the_endpoint_cannot_verify():
    (recording,) = [recording for recording in recordings() if not recording.verifies]

    with pytest.raises(GatewayError) as refusal:
        verify(recording)

    assert refusal.value.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("recording", ACS3, ids=name_of)
@pytest.mark.parametrize(
    "change",
    [
        with_header("x-acs-action", "ListImageLib2"),
        with_header("x-acs-version", "2022-09-27"),
        with_header("x-acs-signature-nonce", "0"),
        with_longer_host,
        with_other_method,
        with_added_parameter,
        with_other_digit,
        with_header("x-acs-content-sha256", hashlib.sha256(b"another").hexdigest()),
    ],
)
def test_a_changed_acs3_request_is_refused(recording, change):
    with pytest.raises(GatewayError) as refusal:
        verify(changed(recording, change))

    assert refusal.value.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("recording", ACS3, ids=name_of)
def test_an_unsigned_header_of_the_api_is_refused(recording):
    with pytest.raises(GatewayError) as refusal:
        verify(changed(recording, with_header("x-acs-extra", "1")))

    assert refusal.value.code == "IncompleteSignature"


@pytest.mark.parametrize("recording", ACS3, ids=name_of)
def test_a_changed_acs3_date_is_refused(recording):
    later = (recording.date + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    with pytest.raises(GatewayError) as refusal:
        verify(changed(recording, with_header("x-acs-date", later)))

    assert refusal.value.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("recording", [r for r in GOOD if r.request.query], ids=name_of)
def test_a_changed_query_value_is_refused(recording):
    with pytest.raises(GatewayError):
        verify(changed(recording, with_other_query_value))


@pytest.mark.parametrize("recording", [r for r in GOOD if r.request.body], ids=name_of)
def test_a_flipped_body_byte_is_refused(recording):
    with pytest.raises(GatewayError) as refusal:
        verify(changed(recording, with_flipped_body_byte))

    assert refusal.value.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("recording", SHA1, ids=name_of)
@pytest.mark.parametrize("change", [with_other_method, with_added_parameter])
def test_a_changed_sha1_request_is_refused(recording, change):
    with pytest.raises(GatewayError) as refusal:
        verify(changed(recording, change))

    assert refusal.value.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("recording", SHA1, ids=name_of)
@pytest.mark.parametrize("name", ["x-acs-action", "x-acs-version"])
def test_an_unsigned_header_that_contradicts_the_signed_action_is_refused(recording, name):
    with pytest.raises(GatewayError) as refusal:
        verify(changed(recording, with_header(name, "Another")))

    assert refusal.value.code == "InvalidParameter"


@pytest.mark.parametrize("recording", SHA1, ids=name_of)
@pytest.mark.parametrize("name", ["Action", "Version", "SignatureNonce", "AccessKeyId"])
def test_a_sha1_request_without_a_needed_parameter_is_refused(recording, name):
    def without(request: WireRequest) -> WireRequest:
        body = request.body.decode().replace(f"{name}=", "Other=")
        return replace(
            request, query=request.query.replace(f"{name}=", "Other="), body=body.encode()
        )

    with pytest.raises(GatewayError) as refusal:
        verify(changed(recording, without))

    assert refusal.value.code == "MissingParameter"
    assert name in refusal.value.message


@pytest.mark.parametrize("recording", GOOD, ids=name_of)
def test_another_secret_is_refused(recording):
    signature = read(recording)

    with pytest.raises(GatewayError) as refusal:
        signature.verify("another", recording.date)

    assert refusal.value.code == "SignatureDoesNotMatch"
    assert SECRETS[signature.key_id] + "&" not in refusal.value.message


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SM3 Credential=a,SignedHeaders=host,Signature=" + "0" * 64,
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=" + "0" * 63,
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=" + "G" * 64,
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=,Signature=" + "0" * 64,
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host;x-acs-date,Signature=" + "0" * 64,
    ],
)
def test_a_malformed_or_incomplete_authorization_is_refused(authorization):
    request = with_header("authorization", authorization)(ACS3[0].request)

    with pytest.raises(GatewayError) as refusal:
        Acs3Signature.read(request)

    assert (refusal.value.status, refusal.value.code) == (400, "IncompleteSignature")


def test_a_header_that_is_signed_but_not_sent_is_named():
    text = ACS3[0].request.headers["authorization"].replace("=accept;", "=accept;x-lost;")

    with pytest.raises(GatewayError, match="x-lost") as refusal:
        Acs3Signature.read(with_header("authorization", text)(ACS3[0].request))

    assert refusal.value.code == "MissingParameter"


def test_spaces_after_commas_are_read():
    text = ACS3[0].request.headers["authorization"].replace(",", ", ")

    verify(changed(ACS3[0], with_header("authorization", text)))


@pytest.mark.parametrize(
    "date",
    [
        "",
        "2026-11-22",
        "2026-11-22T03:58:53",
        "2026-11-22 03:58:53Z",
        "2026-1-2T3:58:53Z",
        "2026-02-31T03:58:53Z",
    ],
)
def test_a_date_of_another_form_is_refused(date):
    signature = read(changed(ACS3[0], with_header("x-acs-date", date)))

    with pytest.raises(GatewayError) as refusal:
        signature.verify("secret", ACS3[0].date)

    assert refusal.value.code == "InvalidTimeStamp.Format"


def test_the_refusal_shows_the_text_that_the_server_signed():
    with pytest.raises(GatewayError) as refusal:
        verify(changed(ACS3[0], with_other_digit))

    assert "x-acs-action:ImageModeration\n" in refusal.value.message
    assert "POST\n/\n\naccept:application/json\n" in refusal.value.message
