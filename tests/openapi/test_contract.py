"""Every action of the contract: the vendor's models understand all that our answer says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_green20220302 import models as moderation_models
from alibabacloud_green20220926 import models as console_models

from openapi import tasks
from openapi.dispatch import ACTIONS
from tests.factories import AccessKeyFactory
from tests.openapi.calls import call
from tests.openapi.contract import CONSOLE_VERSION, breaches, contract
from tests.openapi.scenes import SCENES, Stage
from tests.openapi.signing import PLAIN_SECRET

pytestmark = pytest.mark.django_db

MODELS = {"2022-03-02": moderation_models, CONSOLE_VERSION: console_models}
ALL = sorted(contract())
IMPLEMENTED = [name for name in ALL if name.partition("/")[2] in ACTIONS[name.partition("/")[0]]]
BEYOND_THE_MODELS = {  # said by the contract's own words, or needed for a field of the model
    "2022-03-02/ImageBatchModeration": {"RiskLevel", "AccountId"},
    "2022-03-02/DescribeImageModerationResult": {"Ext"},
}
OUTSIDE = json.loads((Path(__file__).parent / "outside.json").read_text())


@pytest.fixture(autouse=True)
def surroundings(settings, tmp_path, monkeypatch, submissions):
    """Files of the test's own, an engine that answers at once, and no broker."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(tasks.moderate_async_task, "delay", lambda task_id: None)


@pytest.fixture
def stage(account):
    return Stage(AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET))


def understood(name: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Return what the vendor's model keeps of an answer."""
    version, _, action = name.partition("/")
    model = getattr(MODELS[version], f"{action}ResponseBody")()
    kept: dict[str, Any] = model.from_map(answer).to_map()
    return kept


def lost(sent: Any, kept: Any, path: str = "") -> list[str]:
    """Return where a model lost or changed something of what was sent."""
    if isinstance(sent, dict) and isinstance(kept, dict):
        return [
            one
            for name, value in sent.items()
            if value is not None
            for one in lost(value, kept.get(name), f"{path}.{name}")
        ]
    if isinstance(sent, list) and isinstance(kept, list) and len(sent) == len(kept):
        return [one for pair in zip(sent, kept, strict=True) for one in lost(*pair, f"{path}[]")]
    return [] if type(sent) is type(kept) and sent == kept else [path]


@pytest.mark.parametrize("name", IMPLEMENTED)
def test_the_vendors_model_understands_the_answer(name, stage):
    version, _, action = name.partition("/")
    scene = SCENES.get(name) or SCENES[action]

    answer = scene(stage)

    beyond = BEYOND_THE_MODELS.get(name, set())
    assert answer.get("Code", 200) in (200, 280), answer
    assert answer["RequestId"]
    assert [one for one in lost(answer, understood(name, answer)) if last(one) not in beyond] == []
    found = breaches(action, answer, version=version)
    assert [one for one in found if last(one.partition(" ")[0]) not in beyond] == []
    fields = set(contract()[name]["answer"])
    assert {"Code", "Success", "HttpStatusCode"} & fields <= set(answer)


def last(path: str) -> str:
    return path.rpartition(".")[2]


def test_each_scene_is_of_an_action_of_the_contract():
    names = {name if "/" in name else f"{CONSOLE_VERSION}/{name}" for name in SCENES}

    assert names <= set(ALL)


@pytest.mark.parametrize("name", sorted(set(ALL) - set(IMPLEMENTED)))
def test_what_is_not_built_is_optional_and_says_so(name, stage):
    version, _, action = name.partition("/")

    response = call(stage.access_key.key_id, {}, action=action, version=version)

    assert contract()[name]["tier"] == "optional"
    assert (response.status_code, response.json()["Code"]) == (404, "InvalidAction.NotFound")


@pytest.mark.parametrize("version", OUTSIDE)
def test_actions_outside_of_the_contract_are_not_found(version, stage):
    for action in OUTSIDE[version]:
        response = call(stage.access_key.key_id, {}, action=action, version=version)

        assert (response.status_code, response.json()["Code"]) == (404, "InvalidAction.NotFound")
        assert action in response.json()["Message"]


class TestLost:
    """The comparison itself finds what a model drops."""

    @pytest.mark.parametrize(
        ("sent", "kept", "paths"),
        [
            ({"a": 1, "b": None}, {"a": 1}, []),
            ({"a": 1}, {}, [".a"]),
            ({"a": 1}, {"a": "1"}, [".a"]),
            ({"a": True}, {"a": 1}, [".a"]),
            ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {}]}, [".a[].b"]),
            ({"a": [1]}, {"a": []}, [".a"]),
            ({"a": {"b": 1}}, {"a": None}, [".a"]),
        ],
    )
    def test_it_says_where(self, sent, kept, paths):
        assert lost(sent, kept) == paths
