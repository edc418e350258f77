"""The inbox of feedback: listed by state and kind."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from console.pages import render_page
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from results.feedback_forms import InboxFilterForm
from results.inbox import count_by_state, inbox_rows
from results.models import Feedback

PAGE_SIZE = 20


@require_GET
@role_required(Role.MODERATOR)
def feedback_list(request: ConsoleRequest) -> HttpResponse:
    """List feedback, newest first: a moderator's own, or all for those who resolve it."""
    form = InboxFilterForm(request.GET)
    seen = Feedback.objects.seen_by(request.member)
    counts = count_by_state(form.apply_kind(seen))
    paginator = Paginator(form.apply(seen).newest_first().with_result(), PAGE_SIZE)
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "form": form,
        "state": form.listed_state,
        "states": [(value, label, counts.get(value, 0)) for value, label in Feedback.State.choices],
        "total": sum(counts.values()),
        "page": page,
        "rows": inbox_rows(request.account, page),
        "may_manage": request.member.may(Role.POLICY_MANAGER),
        "is_filtered": form.is_filtered,
    }
    return render_page(request, "results/feedback_list.html", context, partial="inbox")
