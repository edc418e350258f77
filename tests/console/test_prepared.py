"""Queries whose SQL is composed once."""

from __future__ import annotations

import pytest
from django.db.models import Count

from console.models import Account
from console.prepared import PreparedQuery
from tests.factories import AccountFactory, MemberFactory

pytestmark = pytest.mark.django_db


class TestPreparedQuery:
    def test_it_has_the_rows_and_annotations_of_its_queryset(self):
        accounts = [AccountFactory.create() for _ in range(2)]
        for account in accounts:
            MemberFactory.create(account=account)
        MemberFactory.create(account=accounts[0])
        prepared = PreparedQuery(
            lambda pk: Account.objects.filter(pk=pk, name__gt="").annotate(size=Count("members"))
        )

        found = [(row, row.size, row.time_zone) for one in accounts for row in prepared.of(one.pk)]

        assert found == [(accounts[0], 2, "UTC"), (accounts[1], 1, "UTC")]

    def test_it_prefetches_what_its_queryset_does(self, account, django_assert_num_queries):
        members = {MemberFactory.create(account=account) for _ in range(2)}
        prepared = PreparedQuery(
            lambda pk: Account.objects.filter(pk=pk).prefetch_related("members")
        )

        with django_assert_num_queries(2):
            (found,) = prepared.of(account.pk)
            assert set(found.members.all()) == members

    def test_it_is_composed_once(self, account, django_assert_num_queries):
        composed = []

        def compose(pk):
            composed.append(pk)
            return Account.objects.filter(pk=pk)

        prepared = PreparedQuery(compose)

        with django_assert_num_queries(2):
            assert [list(prepared.of(account.pk)), list(prepared.of(0))] == [[account], []]
        assert len(composed) == 1
