"""The page about the API: its examples, which run, and the explorer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from alibabacloud_green20220302.client import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from console.models import AuditEntry
from console.roles import Role
from openapi.examples import KINDS, LANGUAGES, example
from rules.services import install_catalogue
from tests.factories import AccessKeyFactory
from tests.openapi.calls import send
from tests.openapi.signing import PLAIN_SECRET

pytestmark = pytest.mark.django_db

PAGE = "/api/"
HTMX = {"HX-Request": "true"}
MOST_QUERIES = 12


@pytest.fixture
def client(member_client, account):
    install_catalogue(account=account)
    return member_client(Role.ADMINISTRATOR)


class TestPage:
    def test_it_names_the_endpoint_and_the_account(self, client):
        response = client.get(PAGE)

        assertContains(response, 'data-copy="testserver"')
        assertContains(response, f'data-copy="{client.member.account.uid}"')

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.MODERATOR, Role.POLICY_MANAGER])
    def test_everybody_may_read_but_only_administrators_explore(self, account, member_client, role):
        install_catalogue(account=account)

        response = member_client(role).get(PAGE)

        assertContains(response, "image_moderation(")
        assertNotContains(response, "Request explorer")

    def test_htmx_gets_the_example_alone(self, client):
        query = {"language": "go", "kind": "async"}

        response = client.get(PAGE, query, headers=HTMX | {"HX-Target": "examples"})

        assertContains(response, "client.ImageAsyncModeration(")
        assertNotContains(response, "<html")

    def test_choosing_an_action_fills_in_its_parameters(self, client, account):
        AccessKeyFactory.create(account=account)
        query = {"action": "2022-03-02/DescribeImageModerationResult"}

        response = client.get(PAGE, query, headers=HTMX | {"HX-Target": "explorer"})

        assertContains(response, "&quot;ReqId&quot;")
        assertNotContains(response, "<html")

    def test_who_may_not_explore_gets_the_page_whatever_they_ask_for(self, account, member_client):
        install_catalogue(account=account)
        client = member_client(Role.VIEWER)

        response = client.get(PAGE, headers=HTMX | {"HX-Target": "explorer"})

        assertNotContains(response, "Request explorer")

    @pytest.mark.parametrize("query", [{"language": "../x", "kind": "y"}, {"action": "nonsense"}])
    def test_unknown_choices_count_as_none(self, client, query):
        assertContains(client.get(PAGE, query), "image_moderation(")

    def test_without_a_key_the_explorer_says_what_to_do(self, client, account):
        AccessKeyFactory.create(account=account, enabled=False)
        AccessKeyFactory.create()

        assertContains(client.get(PAGE), "No access key is enabled")

    def test_keys_cost_no_queries_of_their_own(
        self, client, account, django_assert_max_num_queries
    ):
        AccessKeyFactory.create_batch(20, account=account)

        with django_assert_max_num_queries(MOST_QUERIES):
            client.get(PAGE)


class TestExamples:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("kind", KINDS)
    def test_each_has_the_endpoint_and_the_service(self, language, kind):
        text = program(language, kind)

        assert "127.0.0.1:8000" in text
        assert "baselineCheck" in text
        assert not re.search(r"\{[%{]|&(?:quot|lt|amp|#x27);", text)
        assert max(map(len, text.splitlines())) <= 110

    @pytest.mark.parametrize("kind", KINDS)
    def test_python_compiles(self, kind):
        compile(program("python", kind), "example", "exec")

    @pytest.mark.parametrize("kind", ["async", "upload"])
    def test_python_says_why_it_cannot_go_on(self, kind, monkeypatch):
        body = SimpleNamespace(code=403, msg="Too many calls.", data=None)
        for name in ("image_async_moderation", "describe_upload_token"):
            monkeypatch.setattr(Client, name, lambda *_: SimpleNamespace(body=body))

        with pytest.raises(SystemExit, match="403: Too many calls"):
            exec(compile(program("python", kind), "example", "exec"), {})

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
    def test_node_parses(self, kind, tmp_path):
        check_syntax(["node", "--check"], program("node", kind), tmp_path / "example.js")

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
    def test_bash_parses(self, kind, tmp_path):
        check_syntax(["bash", "-n"], program("curl", kind), tmp_path / "example.sh")


def program(language: str, kind: str, host: str = "127.0.0.1:8000") -> str:
    service = "baselineCheck_global"
    return example(language=language, kind=kind, host=host, scheme="http", service=service).text


def check_syntax(command: list[str], text: str, path: Path) -> None:
    path.write_text(text)
    subprocess.run([*command, str(path)], check=True)


class TestExplorer:
    @pytest.fixture
    def key(self, account):
        return AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET)

    def send(self, client: Any, key: Any, action: str, parameters: Any, **headers: str) -> Any:
        text = parameters if isinstance(parameters, str) else json.dumps(parameters)
        data = {"access_key": key.key_id, "action": action, "parameters": text}
        return client.post(reverse("openapi:send"), data, headers=headers)

    def test_a_call_is_signed_and_answered(self, client, key):
        response = self.send(client, key, "2022-09-26/GetUserBuyStatus", {})

        exchange = response.context["exchange"]
        assert (exchange.status, exchange.is_success) == (200, True)
        assert json.loads(exchange.answer_text)["Data"] == {"Buy": True, "Indebt": False}
        assert f"Credential={key.key_id}," in exchange.request_text
        assert PLAIN_SECRET not in response.content.decode()
        key.refresh_from_db()
        assert key.last_used_at is not None

    def test_objects_are_sent_as_json_text(self, client, key):
        values = {"imageUrl": "ftp://example.com/中文"}
        parameters = {"Service": "baselineCheck", "ServiceParameters": values, "Nothing": None}

        response = self.send(client, key, "2022-03-02/ImageModeration", parameters)

        exchange = response.context["exchange"]
        assert json.loads(exchange.answer_text)["Code"] == 401
        assert not exchange.is_success
        assert "Nothing" not in exchange.request_text

    def test_half_a_character_is_no_fault(self, client, key):
        response = self.send(client, key, "2022-09-26/GetUserBuyStatus", '{"Name": "\\ud800"}')

        assert response.context["exchange"].status == 200

    def test_a_secret_that_cannot_be_read_is_said(self, client, key, settings):
        settings.SECRET_KEY = "another"
        client.force_login(client.member.user)

        response = self.send(client, key, "2022-09-26/GetUserBuyStatus", {})

        assertContains(response, "SECRET_KEY was changed")

    def test_the_audit_log_says_who_did_it(self, client, key):
        self.send(client, key, "2022-09-26/GetUserBuyStatus", {})

        entry = AuditEntry.objects.get(action="api.explore")
        assert (entry.actor, entry.subject) == (client.member, key.key_id)
        assert entry.details == {"action": "2022-09-26/GetUserBuyStatus"}

    def test_the_request_as_shown_cannot_be_sent_again(self, client, key):
        request = self.send(client, key, "2022-09-26/GetUserBuyStatus", {}).context["exchange"]
        lines = request.request_text.split("\n\n")[0].splitlines()[1:]
        headers = dict(line.split(": ", 1) for line in lines)

        again = json.loads(send(headers).content)

        assert again["Code"] == "SignatureNonceUsed"

    @pytest.mark.parametrize(
        ("parameters", "words"),
        [
            ("{", "This is not JSON"),
            ("[1]", "Write a JSON object"),
            ("[" * 20_000, "This is not JSON"),
            ("x" * 20_001, "at most 20000 characters"),
        ],
    )
    def test_bad_parameters_are_said_beside_the_field(self, client, key, parameters, words):
        response = self.send(client, key, "2022-03-02/ImageModeration", parameters)

        assertContains(response, words, status_code=422)

    @pytest.mark.parametrize("action", ["", "ImageModeration", "2022-03-02/TextModeration"])
    def test_unknown_actions_are_refused(self, client, key, action):
        assert self.send(client, key, action, {}).status_code == 422

    def test_keys_of_other_accounts_and_disabled_ones_are_refused(self, client, account):
        for key in (
            AccessKeyFactory.create(),
            AccessKeyFactory.create(account=account, enabled=False),
        ):
            response = self.send(client, key, "2022-09-26/GetUserBuyStatus", {})

            assert response.status_code == 422
            assert "exchange" not in response.context

    def test_only_administrators_may_send(self, member_client, account, key):
        client = member_client(Role.POLICY_MANAGER)

        response = self.send(client, key, "2022-09-26/GetUserBuyStatus", {})

        assert response.status_code == 403

    def test_htmx_gets_the_explorer_alone(self, client, key):
        headers = HTMX | {"HX-Target": "explorer"}

        response = self.send(client, key, "2022-09-26/GetUserBuyStatus", {}, **headers)

        assertContains(response, "answer-text")
        assertNotContains(response, "<html")
