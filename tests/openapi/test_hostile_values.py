"""What nobody should send, in every parameter of every action: never a fault of the server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from openapi import tasks
from openapi.dispatch import ACTIONS
from tests.factories import AccessKeyFactory
from tests.openapi import console_calls, scenes
from tests.openapi.calls import call, send
from tests.openapi.contract import contract
from tests.openapi.scenes import SCENES, Stage
from tests.openapi.signing import PLAIN_SECRET, signed_headers

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ALL = [f"{version}/{name}" for version, names in ACTIONS.items() for name in sorted(names)]
UNSTORABLE = ("a\0b", "\ud800")
HOSTILE = (
    *UNSTORABLE,
    "9" * 19,
    "9" * 5000,
    "\N{ARABIC-INDIC DIGIT THREE}",
    "[" * 20_000,
    '{"a":' * 20_000,
    "[null]",
    '{"a":1,"a":[{}]}',
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59",
    "' OR 1=1 --",
)
HOSTILE_MEMBERS: tuple[object, ...] = (
    *UNSTORABLE,
    [],
    {"a": None},
    10**400,
    -1,
    float("nan"),
    "9" * 30,
    None,
)


@pytest.fixture(autouse=True)
def surroundings(settings, tmp_path, monkeypatch, submissions):
    """Files of the test's own, an engine that answers at once, and no broker."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(tasks.moderate_async_task, "delay", lambda task_id: None)


@pytest.fixture
def sent(monkeypatch):
    """Collect the parameters of calls by action."""
    collected = {}

    def remember(key_id, texts=None, *, action, **options):
        collected[action] = dict(texts or {})
        return call(key_id, texts, action=action, **options)

    monkeypatch.setattr(scenes, "call", remember)
    monkeypatch.setattr(console_calls, "call", remember)
    return collected


def replacements(text: str) -> Iterator[object]:
    """Yield what to send instead of a value; of a JSON object also each member replaced."""
    yield from HOSTILE
    if text.startswith("{"):
        members = json.loads(text)
        for name in members:
            yield from (json.dumps(members | {name: hostile}) for hostile in HOSTILE_MEMBERS)
        yield from (json.dumps({hostile: hostile}) for hostile in UNSTORABLE)


@pytest.mark.parametrize("name", ALL)
def test_nothing_that_is_sent_is_a_fault_of_the_server(name, account, sent):
    version, _, action = name.partition("/")
    key = AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET)
    (SCENES.get(name) or SCENES[action])(Stage(key))
    parameters = dict.fromkeys(contract()[name]["types"], "") | sent[action]

    for parameter, text in parameters.items():
        for hostile in replacements(text):
            body = json.dumps(parameters | {parameter: hostile}).encode()
            headers = signed_headers(
                key.key_id,
                body=body,
                action=action,
                version=version,
                extra={"content-type": "application/json"},
            )

            response = send(headers, body=body)

            code = response.json().get("Code")
            assert response.status_code < 500, (parameter, hostile)
            assert code not in (500, "InternalError"), (parameter, hostile)
