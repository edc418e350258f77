"""Changes of one account at the same moment come one after the other and never wait in a circle.

SQLite has one writer, so that nobody can; PostgreSQL would end one of them with an error.
"""

import random
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from console.batches import Pace
from results.cleaning import delete_expired
from results.feedback import give_feedback_of_each
from results.ids import first_id_of
from results.models import DetectionResult, Feedback
from tests.at_once import at_once
from tests.factories import AccountFactory, DetectionResultFactory, MemberFactory
from tests.results.changing import Changes

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 4
ROUNDS = 2
WRONG = Feedback.Kind.FALSE_POSITIVE
_NAMES = sorted(Changes.all(Changes.__new__(Changes)))


class TestChangesAtOnce:
    def test_all_kinds_of_changes_at_once_end(self):
        changes = Changes(AccountFactory())
        shuffle = random.Random(7)
        orders = [shuffle.sample(_NAMES * ROUNDS, len(_NAMES) * ROUNDS) for _ in range(THREADS)]

        at_once([partial(changes.try_each, order) for order in orders])

        for service in changes.account.services.all():
            numbers = list(service.versions.order_by("number").values_list("number", flat=True))
            assert numbers == list(range(1, service.version + 1))


class TestFeedbackAtOnce:
    def test_two_who_mark_the_same_results_in_other_orders_both_do(self):
        author = MemberFactory()
        results = DetectionResultFactory.create_batch(8, account=author.account)

        mark = partial(give_feedback_of_each, kind=WRONG, author=author)

        at_once([partial(mark, results=results), partial(mark, results=results[::-1])] * 2, times=2)

        assert Feedback.objects.count() == len(results)

    def test_feedback_on_results_that_are_deleted_just_now_is_given_or_goes_with_them(self):
        author = MemberFactory()
        expired = first_id_of(timezone.now() - timedelta(days=31))
        results = [
            DetectionResultFactory(pk=expired + number, account=author.account)
            for number in range(40)
        ]

        mark = partial(give_feedback_of_each, results=results[::-1], kind=WRONG, author=author)

        at_once([mark, mark, partial(delete_expired, Pace(10)), mark])

        assert Feedback.objects.count() == DetectionResult.objects.count() == 30
