"""The feedback of an account as its inbox lists it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from console.models import Account
from results.feedback_models import FeedbackQuerySet
from results.models import Feedback
from rules.addresses import rule_address


@dataclass(frozen=True, slots=True)
class InboxRow:
    """Feedback with where the rule is that it is about; has_service: it has not been deleted."""

    feedback: Feedback
    rule_address: str
    has_service: bool


def inbox_rows(account: Account, page: Iterable[Feedback]) -> list[InboxRow]:
    """Return the rows of feedback that was loaded with_result(); one more query."""
    feedback = list(page)
    codes = {one.result.service_code for one in feedback}
    services = {one.code: one for one in account.services.filter(code__in=codes)}
    return [
        InboxRow(
            one,
            rule_address(services[one.result.service_code], label, edits=True)
            if one.result.service_code in services and (label := _label_of(one))
            else "",
            one.result.service_code in services,
        )
        for one in feedback
    ]


def _label_of(feedback: Feedback) -> str:
    """Return the label that was named, or else the first that was returned."""
    if feedback.labels:
        return str(feedback.labels[0])
    returned = [label["label"] for label in feedback.result.labels]
    return returned[0] if feedback.kind == Feedback.Kind.FALSE_POSITIVE and returned else ""


def count_by_state(feedback: FeedbackQuerySet) -> dict[str, int]:
    """Return how much feedback is in each state."""
    counted = feedback.order_by().values_list("state").annotate(count=Count("pk"))
    return dict(counted)
