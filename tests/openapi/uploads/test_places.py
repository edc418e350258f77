"""Where clients are told to upload, by the host that they called."""

import pytest

from openapi.uploads.places import upload_place
from tests.openapi.uploads.requests import BUCKET


@pytest.mark.parametrize(
    ("origin", "bucket", "endpoint"),
    [
        ("http://10.0.0.5:8000", BUCKET, "http://10.0.0.5:8000"),
        ("http://[::1]:8000", BUCKET, "http://[::1]:8000"),
        ("http://localhost:8000", BUCKET, "http://127.0.0.1:8000"),
        ("https://moderation.example.com", "moderation", "https://example.com"),
        ("http://moderation.example.com:8000", "moderation", "http://example.com:8000"),
        ("http://ai.example.com", BUCKET, "http://ai.example.com"),  # too short for a bucket
        ("http://assay:8000", BUCKET, "http://assay:8000"),
    ],
)
def test_clients_come_back_to_this_server(origin, bucket, endpoint):
    assert upload_place(origin) == (bucket, endpoint)


def test_a_setting_wins(settings):
    settings.UPLOAD_ENDPOINT = "http://10.0.0.9:8000/"

    assert upload_place("http://assay:8000") == (BUCKET, "http://10.0.0.9:8000")
