"""What must hold of each address of the console, also of those that are yet to come."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from console.models import Account
from libraries.models import ImportJob, Keyword
from onlinetest.models import TestItem, TestRun
from results.models import SavedSearch
from rules.services import copy_service
from tests.console.test_roles import _patterns
from tests.factories import (
    AccessKeyFactory,
    FeedbackFactory,
    HitFactory,
    ImageLibraryFactory,
    MemberFactory,
    ServiceFactory,
    VocabularyFactory,
)
from tests.libraries.samples import fill

pytestmark = pytest.mark.django_db

CODE = "theirs"
LEADS_TO_THE_LIST = {"libraries:image_library_publication"}  # asked by pages of deleted libraries
_NAMES = re.compile(r"<\w+:(\w+)>")


@dataclass(frozen=True)
class Belongings:
    """One of everything that an account may have."""

    account: Account

    def values(self) -> dict[str, Any]:
        """Return what addresses name, by the names in their patterns."""
        author = MemberFactory.create(account=self.account)
        library = ImageLibraryFactory.create(account=self.account)
        result = HitFactory.create(account=self.account, service_code=CODE)
        FeedbackFactory.create(account=self.account, result=result)
        run = self._run(author)
        job = ImportJob.objects.create(account=self.account, library=library, member=author)
        vocabulary = VocabularyFactory.create(account=self.account)
        Keyword.objects.create(vocabulary=vocabulary, text="cat", folded="cat")
        search = SavedSearch.objects.create(member=author, name="Mine", query="risk=high")
        return {
            "code": CODE,
            "type_code": "prohibited",
            "number": 1,
            "library_id": library.pk,
            "image_id": fill(library, 1)[0].pk,
            "job_id": job.pk,
            "run_id": run.pk,
            "item_id": run.items.get().pk,
            "request_id": result.request_id,
            "key_id": AccessKeyFactory.create(account=self.account).key_id,
            "file_format": "csv",
            "token": "forged",
            "libraries:pk": vocabulary.pk,
            "console:pk": author.pk,
            "results:pk": search.pk,
        }

    def _run(self, author: Any) -> TestRun:
        source = ServiceFactory.create(account=self.account)
        service = copy_service(source=source, code=CODE, name="", description="", author=author)
        run = TestRun.objects.create(account=self.account, service=service, planned_count=1)
        TestItem.objects.create(run=run, position=0, name="a.png", state=TestItem.State.FAILED)
        return run


def addresses(values):
    """Yield the name and the path of each address, with these values."""
    for name, pattern in _patterns():
        app = name.partition(":")[0]
        wanted = _NAMES.findall(str(pattern.pattern))
        named = {one: values.get(f"{app}:{one}", values.get(one)) for one in wanted}
        yield name, reverse(name, kwargs=named), bool(wanted)


def test_nothing_of_another_account_is_there_for_its_administrator(member_client, account):
    theirs = Belongings(MemberFactory.create().account).values()
    client = member_client()

    for name, path, is_about_something in addresses(theirs):
        if is_about_something and name not in LEADS_TO_THE_LIST:
            statuses = {client.get(path).status_code, client.post(path).status_code}
            assert 404 in statuses, name
            assert statuses <= {404, 405}, name


def test_nothing_is_changed_without_the_token_of_a_form(member_client, account):
    mine = Belongings(account).values()
    member = member_client().member
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(member.user)

    for name, path, _ in addresses(mine):
        if path == "/":
            continue  # what is posted there is a call of the API, which is signed
        assert forger.post(path).status_code in (403, 405), name


@pytest.mark.parametrize("target", ["https://example.com/", "//example.com", "/\\example.com"])
class TestLeadingElsewhere:
    def test_the_choice_of_a_language_does_not(self, client, target):
        response = client.post(
            reverse("console:set_language"), {"language": "zh-hans", "next": target}
        )

        assert response.status_code == 302
        assert "example.com" not in response.headers["Location"]

    def test_signing_in_does_not(self, client, target):
        member = MemberFactory.create(user__password="correct horse 7 battery")

        response = client.post(
            f"{reverse('account_login')}?next={target}",
            {"login": member.user.username, "password": "correct horse 7 battery", "next": target},
        )

        assert response.status_code == 302
        assert "example.com" not in response.headers["Location"]
