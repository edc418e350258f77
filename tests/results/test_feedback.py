"""Feedback: given, replaced, withdrawn, resolved, and gone with its result."""

import pytest
from django.db import IntegrityError, transaction

from console.models import AuditEntry
from console.roles import Role
from results.errors import UnknownLabels
from results.feedback import (
    give_feedback,
    give_feedback_of_each,
    resolve_feedback,
    withdraw_feedback,
)
from results.models import DetectionResult, Feedback
from tests.factories import (
    AccessKeyFactory,
    DetectionResultFactory,
    FeedbackFactory,
    HitFactory,
    MemberFactory,
)

pytestmark = pytest.mark.django_db

WRONG, MISSED = Feedback.Kind.FALSE_POSITIVE, Feedback.Kind.MISSED_VIOLATION


@pytest.fixture
def result(account):
    return HitFactory(account=account)


@pytest.fixture
def moderator(account):
    return MemberFactory(account=account, role=Role.MODERATOR, user__username="mei.tan")


def only_feedback():
    return Feedback.objects.get()


class TestGiveFeedback:
    def test_it_is_stored_with_who_said_it(self, result, moderator):
        give_feedback(result=result, kind=WRONG, author=moderator, note="a toy")

        feedback = only_feedback()
        assert (feedback.result, feedback.account) == (result, result.account)
        assert (feedback.kind, feedback.note, feedback.state) == (WRONG, "a toy", "open")
        assert (feedback.reporter, feedback.reporter_name) == (moderator, "mei.tan")

    def test_a_second_replaces_the_first_and_is_open_again(self, result, moderator, account):
        manager = MemberFactory(account=account, role=Role.POLICY_MANAGER)
        first = give_feedback(result=result, kind=WRONG, author=moderator, note="a toy")
        resolve_feedback(feedback=first, state=Feedback.State.AS_INTENDED, author=manager)

        give_feedback(result=result, kind=MISSED, author=manager, labels=["violent_gun"])

        feedback = only_feedback()
        assert (feedback.kind, feedback.labels, feedback.note) == (MISSED, ["violent_gun"], "")
        assert (feedback.reporter, feedback.state) == (manager, "open")
        assert (feedback.resolver, feedback.resolved_at) == (None, None)

    def test_a_program_gives_it_too(self, result, account):
        key = AccessKeyFactory(account=account, name="Shop")

        feedback = give_feedback(result=result, kind=WRONG, author=key)

        assert (feedback.reporter, feedback.access_key) == (None, key)
        assert feedback.reporter_name == f"Shop ({key.key_id})"
        assert AuditEntry.objects.get().access_key == key

    def test_a_label_that_nothing_returns_is_refused(self, result, moderator):
        with pytest.raises(UnknownLabels, match="violent_banana"):
            give_feedback(
                result=result, kind=MISSED, author=moderator, labels=["pt_logo", "violent_banana"]
            )

        assert not Feedback.objects.exists()
        assert not AuditEntry.objects.exists()

    def test_a_label_that_was_returned_is_known_though_the_catalogue_dropped_it(
        self, account, moderator
    ):
        result = DetectionResultFactory(account=account, label="formerly_known")

        feedback = give_feedback(
            result=result, kind=WRONG, author=moderator, labels=["formerly_known"] * 2
        )

        assert feedback.labels == ["formerly_known"]

    def test_a_result_that_was_deleted_meanwhile_takes_none(self, result, moderator):
        DetectionResult.objects.all().delete()

        with pytest.raises(DetectionResult.DoesNotExist):
            give_feedback(result=result, kind=WRONG, author=moderator)

    def test_the_audit_log_keeps_what_was_said(self, result, moderator):
        give_feedback(result=result, kind=WRONG, author=moderator, note="a toy")

        entry = AuditEntry.objects.get()
        assert (entry.action, entry.subject) == ("feedback.give", result.request_id)
        assert entry.details == {"kind": "false_positive", "labels": [], "note": "a toy"}


class TestGiveFeedbackOfEach:
    def test_what_was_deleted_meanwhile_is_left_out(self, account, moderator):
        gone, kept = DetectionResultFactory.create_batch(2, account=account)
        DetectionResult.objects.filter(pk=gone.pk).delete()

        given = give_feedback_of_each(results=[gone, kept], kind=WRONG, author=moderator)

        assert [feedback.result for feedback in given] == [kept]
        assert only_feedback().result == kept


class TestWithdrawFeedback:
    def test_it_is_gone_and_the_audit_log_says_so_once(self, account, moderator):
        FeedbackFactory(account=account)
        seen_by_two = [only_feedback(), only_feedback()]

        for feedback in seen_by_two:
            withdraw_feedback(feedback=feedback, author=moderator)

        assert not Feedback.objects.exists()
        assert DetectionResult.objects.exists()
        assert [entry.action for entry in AuditEntry.objects.all()] == ["feedback.withdraw"]

    def test_what_somebody_else_has_said_since_stays(self, result, moderator):
        seen = give_feedback(result=result, kind=WRONG, author=moderator)
        give_feedback(result=result, kind=MISSED, author=MemberFactory(account=result.account))

        withdraw_feedback(feedback=seen, author=moderator)

        assert only_feedback().kind == MISSED
        assert not AuditEntry.objects.filter(action="feedback.withdraw").exists()


class TestResolveFeedback:
    def test_it_says_what_came_of_it_by_whom_and_when(self, account):
        manager = MemberFactory(account=account, user__username="j.okafor")
        feedback = FeedbackFactory(account=account)

        resolve_feedback(feedback=feedback, state=Feedback.State.FIXED_RULE, author=manager)

        feedback.refresh_from_db()
        assert (feedback.state, feedback.resolver_name) == ("fixed_rule", "j.okafor")
        assert feedback.resolved_at is not None
        assert not Feedback.objects.waiting().exists()

    def test_it_can_be_opened_again(self, account, moderator):
        feedback = FeedbackFactory(account=account)
        resolve_feedback(feedback=feedback, state=Feedback.State.AS_INTENDED, author=moderator)

        resolve_feedback(feedback=feedback, state=Feedback.State.OPEN, author=moderator)

        feedback.refresh_from_db()
        assert (feedback.is_open, feedback.resolver, feedback.resolved_at) == (True, None, None)

    def test_the_same_again_changes_nothing(self, account, moderator):
        feedback = FeedbackFactory(account=account)
        resolve_feedback(feedback=feedback, state=Feedback.State.AS_INTENDED, author=moderator)
        other = MemberFactory(account=account)

        resolve_feedback(feedback=feedback, state=Feedback.State.AS_INTENDED, author=other)

        feedback.refresh_from_db()
        assert feedback.resolver == moderator
        assert AuditEntry.objects.count() == 1

    def test_what_was_withdrawn_cannot_be_resolved(self, account, moderator):
        feedback = FeedbackFactory(account=account)
        Feedback.objects.all().delete()

        with pytest.raises(Feedback.DoesNotExist):
            resolve_feedback(feedback=feedback, state=Feedback.State.FIXED_RULE, author=moderator)


class TestFeedback:
    def test_it_goes_with_its_result(self, account):
        feedback = FeedbackFactory(account=account)

        feedback.result.delete()

        assert not Feedback.objects.exists()

    @pytest.mark.parametrize("values", [{"kind": "praise"}, {"state": "fixed_rule"}])
    def test_the_database_refuses_what_cannot_be(self, account, values):
        with pytest.raises(IntegrityError), transaction.atomic():
            FeedbackFactory(account=account, **values)
