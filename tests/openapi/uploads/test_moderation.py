"""The moderation actions with pictures that were uploaded before."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from openapi import tasks
from openapi.asynchronous import work
from openapi.asynchronous.models import AsyncTask
from openapi.uploads.models import Upload
from tests.factories import ServiceFactory
from tests.openapi.calls import call
from tests.openapi.uploads.requests import BUCKET

pytestmark = pytest.mark.django_db
SERVICE = "baselineCheck_global"
ACTIONS = ["ImageModeration", "ImageBatchModeration", "ImageAsyncModeration"]


@pytest.fixture
def moderate(access_key, monkeypatch):
    """Call an action with a picture in a bucket, and do what it leaves to the worker."""
    ServiceFactory.create(account=access_key.account, code=SERVICE)
    monkeypatch.setattr(tasks.moderate_async_task, "delay", lambda task_id: None)

    def ask(action, name, bucket=BUCKET, key=access_key):
        values = {"ossBucketName": bucket, "ossObjectName": name}
        parameters = {"Service": SERVICE, "ServiceParameters": json.dumps(values)}
        return call(key.key_id, parameters, action=action).json()

    return ask


@pytest.mark.parametrize("action", ACTIONS)
class TestUploads:
    def test_the_picture_is_moderated(self, moderate, uploader, submissions, action):
        uploader.put(uploader.key("中 x.png"))

        answer = moderate(action, uploader.key("中 x.png"))

        assert answer["Code"] == 200, answer
        for task in AsyncTask.objects.all():
            work.moderate(task.pk)
        (submission,) = submissions
        assert (submission.content, submission.url) == (b"data", "")
        assert submission.name == uploader.key("中 x.png")

    def test_another_bucket_is_408(self, moderate, uploader, submissions, action):
        uploader.put(uploader.key("x.png"))

        assert moderate(action, uploader.key("x.png"), bucket="other-bucket")["Code"] == 408
        assert submissions == []

    def test_what_is_not_there_is_404(self, moderate, uploader, submissions, action):
        answer = moderate(action, uploader.key("x.png"))

        assert self.last_code(answer) == 404
        assert submissions == []

    def test_what_somebody_else_uploaded_is_404(self, moderate, stranger, submissions, action):
        stranger.put(stranger.key("x.png"))

        answer = moderate(action, stranger.key("x.png"))

        assert self.last_code(answer) == 404
        assert submissions == []

    def test_what_was_uploaded_long_ago_is_404(self, moderate, uploader, submissions, action):
        uploader.put(uploader.key("x.png"))
        Upload.objects.update(uploaded_at=timezone.now() - timedelta(minutes=31))

        assert self.last_code(moderate(action, uploader.key("x.png"))) == 404

    @staticmethod
    def last_code(answer):
        """Return the code of the answer, or that of the result which came later."""
        for task in AsyncTask.objects.all():
            work.moderate(task.pk)
            task.refresh_from_db()
            return task.answer_body["Code"]
        return answer["Code"]
