"""What writes feedback: giving it, withdrawing it, resolving it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from operator import attrgetter

from django.db import transaction
from django.utils import timezone

from console.models import AccessKey, Author, Member
from console.services import record
from results.errors import UnknownLabels
from results.label_list import known_labels
from results.models import DetectionResult, Feedback


@transaction.atomic
def give_feedback(
    *,
    result: DetectionResult,
    kind: Feedback.Kind,
    author: Author,
    labels: Sequence[str] = (),
    note: str = "",
) -> Feedback:
    """Say that a result is wrong; it replaces what was said of it before, and is open again.

    labels: those that were missed, or that should not have been returned.

    Raises UnknownLabels, and DetectionResult.DoesNotExist if the result was deleted meanwhile.
    """
    _check_labels(result, labels)
    # Locked, so that it is not deleted, and two who say something at once come one after another.
    DetectionResult.objects.select_for_update().only("pk").get(pk=result.pk)
    feedback, _ = Feedback.objects.update_or_create(
        result=result,
        defaults={
            "account_id": result.account_id,
            "kind": kind,
            "labels": list(dict.fromkeys(labels)),
            "note": note,
            "reporter": author if isinstance(author, Member) else None,
            "access_key": author if isinstance(author, AccessKey) else None,
            "reporter_name": author.author_name,
            "given_at": timezone.now(),
            **_resolution(Feedback.State.OPEN, None),
        },
    )
    details = {"kind": kind.value, "labels": feedback.labels, "note": note}
    record(actor=author, action="feedback.give", subject=result.request_id, details=details)
    return feedback


@transaction.atomic
def give_feedback_of_each(
    *, results: Sequence[DetectionResult], kind: Feedback.Kind, author: Member
) -> list[Feedback]:
    """Say the same of several results; those that were deleted meanwhile are left out.

    In the order of their ids, in which everybody locks them, so that nobody waits in a circle.
    """
    given = []
    for result in sorted(results, key=attrgetter("pk")):
        with suppress(DetectionResult.DoesNotExist):
            given.append(give_feedback(result=result, kind=kind, author=author))
    return given


@transaction.atomic
def withdraw_feedback(*, feedback: Feedback, author: Member) -> None:
    """Take back what was said of a result; nothing happens if it is not said any more.

    That is so if somebody has taken it back already, or has said something else since.
    """
    said = Feedback.objects.filter(pk=feedback.pk, given_at=feedback.given_at)
    deleted, _ = said.delete()
    if deleted:
        record(
            actor=author,
            action="feedback.withdraw",
            subject=feedback.result.request_id,
            details={"kind": feedback.kind, "labels": feedback.labels, "note": feedback.note},
        )


@transaction.atomic
def resolve_feedback(*, feedback: Feedback, state: Feedback.State, author: Member) -> None:
    """Say what came of feedback, or that it is open again; nothing happens if it says so already.

    Raises Feedback.DoesNotExist if it was withdrawn meanwhile.
    """
    feedback.refresh_from_db(from_queryset=Feedback.objects.select_for_update())
    if feedback.state == state:
        return
    for name, value in _resolution(state, author).items():
        setattr(feedback, name, value)
    feedback.save(update_fields=["state", "resolver", "resolver_name", "resolved_at"])
    record(
        actor=author,
        action="feedback.resolve",
        subject=feedback.result.request_id,
        details={"kind": feedback.kind, "state": state.value},
    )


def _resolution(state: Feedback.State, author: Member | None) -> dict[str, object]:
    """Return the fields that say what came of feedback."""
    if state == Feedback.State.OPEN or author is None:
        return {
            "state": Feedback.State.OPEN,
            "resolver": None,
            "resolver_name": "",
            "resolved_at": None,
        }
    return {
        "state": state,
        "resolver": author,
        "resolver_name": author.author_name,
        "resolved_at": timezone.now(),
    }


def _check_labels(result: DetectionResult, labels: Sequence[str]) -> None:
    """Labels that were returned are known, whatever has become of the catalogue since."""
    returned = {label["label"] for label in result.labels}
    if unknown := [label for label in labels if label not in returned.union(known_labels())]:
        raise UnknownLabels(unknown)
