"""Access keys, members, audit log and preferences."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console import services
from console.audit import AuditSearch, audit_csv, audit_page
from console.csv_files import CSV_TYPE
from console.errors import LastAdministrator, NameTaken
from console.forms import (
    USER_NAME_TAKEN,
    AccessKeyForm,
    AuditFilterForm,
    DeleteAccessKeyForm,
    MemberForm,
    MemberRoleForm,
    PreferencesForm,
    ResetPasswordForm,
)
from console.models import Member
from console.pages import go_to, not_found_once_deleted, render_dialog, render_page
from console.requests import ConsoleRequest
from console.roles import Role, role_required

MEMBERS_PER_PAGE = 50


@require_GET
@role_required(Role.ADMINISTRATOR)
def access_key_list(request: ConsoleRequest) -> HttpResponse:
    """Show the account's access keys, newest first."""
    keys = request.account.access_keys.newest_first().select_related("created_by__user")
    return render_page(
        request, "console/access_key_list.html", {"keys": keys}, partial="access-keys"
    )


@never_cache
@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def access_key_create(request: ConsoleRequest) -> HttpResponse:
    """Ask for a name; then show the new key with its secret, this once."""
    form = AccessKeyForm(request.POST or None)
    template = "console/access_key_create.html"
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render_page(request, template, {"form": form}, partial="modal", status=status)
    key, secret = services.create_access_key(
        account=request.account, author=request.member, **form.cleaned_data
    )
    context = {"form": form, "key": key, "secret": secret}
    response = render_page(request, template, context, partial="modal")
    response["HX-Trigger"] = "access-keys-changed"
    return response


@require_POST
@role_required(Role.ADMINISTRATOR)
@not_found_once_deleted
def access_key_switch(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Switch an access key on or off; an unticked switch sends nothing."""
    key = get_object_or_404(request.account.access_keys, key_id=key_id)
    enabled = "enabled" in request.POST
    services.set_access_key_enabled(key=key, enabled=enabled, author=request.member)
    if not request.htmx:
        return redirect("console:access_key_list")
    return render(request, "console/access_key_list.html#access-key-row", {"key": key})


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def access_key_delete(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Delete an access key once its ID has been typed."""
    key = get_object_or_404(request.account.access_keys, key_id=key_id)
    form = DeleteAccessKeyForm(request.POST or None, key=key)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        context = {"form": form, "key": key}
        return render_page(
            request, "console/access_key_delete.html", context, partial="modal", status=status
        )
    services.delete_access_key(key=key, author=request.member)
    messages.success(request, _("Access key “%(name)s” was deleted.") % {"name": key.name})
    if not request.htmx:
        return redirect("console:access_key_list")
    return HttpResponse(headers={"HX-Redirect": reverse("console:access_key_list")})


@require_GET
@role_required(Role.ADMINISTRATOR)
def member_list(request: ConsoleRequest) -> HttpResponse:
    """Show who may sign in, and with which role."""
    members = request.account.members.select_related("user").with_second_factor()
    page = Paginator(members, MEMBERS_PER_PAGE).get_page(request.GET.get("page"))
    return render_page(request, "console/member_list.html", {"page": page}, partial="members")


@never_cache
@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def member_create(request: ConsoleRequest) -> HttpResponse:
    """Ask for name and role; then show the password, this once."""
    template = "console/member_create.html"
    form = MemberForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return render_dialog(request, template, {"form": form})
    values = form.cleaned_data
    given = values["password"]
    values["password"] = given or services.generate_password()
    try:
        member = services.create_member(
            account=request.account,
            author=request.member,
            **values | {"role": Role(values["role"])},
        )
    except NameTaken:
        form.add_error("username", USER_NAME_TAKEN)
        return render_dialog(request, template, {"form": form})
    if given:
        messages.success(request, _("%(name)s may sign in.") % {"name": member})
        return go_to(request, reverse("console:member_list"))
    return _show_password(request, member, values["password"])


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def member_role(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Give a member another role."""
    member = _member(request, pk)
    form = MemberRoleForm(request.POST or None, initial={"role": member.role})
    context = {"form": form, "subject": member}
    if request.method == "GET" or not form.is_valid():
        return render_dialog(request, "console/member_role.html", context)
    role = Role(form.cleaned_data["role"])
    try:
        services.set_member_role(member=member, role=role, author=request.member)
    except LastAdministrator:
        form.add_error("role", _last_administrator(member))
        return render_dialog(request, "console/member_role.html", context)
    values = {"name": member, "role": role.label}
    messages.success(request, _("The role of %(name)s is %(role)s.") % values)
    return _back_from(request, member, may_stay=role == Role.ADMINISTRATOR)


@never_cache
@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def member_password(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Give a member a new password and show it, this once; one's own is changed elsewhere."""
    member = _member(request, pk)
    if member == request.member:
        return go_to(request, reverse("account_change_password"))
    form = ResetPasswordForm(request.POST)
    if request.method == "GET" or not form.is_valid():
        context = {"form": form, "subject": member}
        return render_dialog(request, "console/member_password.html", context)
    password = services.reset_member_password(
        member=member, author=request.member, **form.cleaned_data
    )
    return _show_password(request, member, password)


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def member_deactivate(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Let a member sign in no more."""
    member = _member(request, pk)
    template = "console/member_deactivate.html"
    if request.method == "GET":
        return render_dialog(request, template, {"subject": member, "refusal": ""})
    try:
        services.set_member_active(member=member, active=False, author=request.member)
    except LastAdministrator:
        refusal = _last_administrator(member)
        return render_dialog(request, template, {"subject": member, "refusal": refusal})
    messages.success(request, _("%(name)s can sign in no more.") % {"name": member})
    return _back_from(request, member, may_stay=False)


@require_POST
@role_required(Role.ADMINISTRATOR)
def member_reactivate(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Let a member sign in again."""
    member = _member(request, pk)
    services.set_member_active(member=member, active=True, author=request.member)
    messages.success(request, _("%(name)s may sign in.") % {"name": member})
    return go_to(request, reverse("console:member_list"))


def _member(request: ConsoleRequest, pk: int) -> Member:
    members = request.account.members.select_related("user").with_second_factor()
    return get_object_or_404(members, pk=pk)


def _show_password(request: ConsoleRequest, member: Member, password: str) -> HttpResponse:
    context = {"subject": member, "password": password}
    response = render_page(request, "console/member_secret.html", context, partial="modal")
    response["HX-Trigger"] = "members-changed"
    return response


def _last_administrator(member: Member) -> str:
    return _(
        "%(name)s is the last active administrator: make somebody else administrator first."
    ) % {"name": member}


def _back_from(request: ConsoleRequest, member: Member, *, may_stay: bool) -> HttpResponse:
    """Lead back to the list; who has just locked themselves out of it goes to the overview."""
    is_own = member == request.member
    return go_to(request, "/" if is_own and not may_stay else reverse("console:member_list"))


@require_GET
@role_required(Role.POLICY_MANAGER)
def audit_log(request: ConsoleRequest) -> HttpResponse:
    """List what was changed in the account, by whom, newest first."""
    form = AuditFilterForm(request.GET)
    context: dict[str, Any] = {"form": form, "page": None, "rows": [], "is_filtered": False}
    if form.is_valid():
        search = form.search()
        page, rows = audit_page(request.account, search, number=request.GET.get("page", ""))
        context |= {"page": page, "rows": rows, "is_filtered": search != AuditSearch()}
    return render_page(request, "console/audit_log.html", context, partial="audit")


@require_GET
@role_required(Role.POLICY_MANAGER)
def audit_export(request: ConsoleRequest) -> HttpResponseBase:
    """Send what the filters of the address find as CSV."""
    form = AuditFilterForm(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('console:audit_log')}?{request.GET.urlencode()}")
    day = date_format(timezone.localtime(), "Y-m-d")
    return StreamingHttpResponse(
        audit_csv(request.account, form.search()),
        content_type=CSV_TYPE,
        headers={"Content-Disposition": f'attachment; filename="audit-log-{day}.csv"'},
    )


@require_http_methods(["GET", "POST"])
def preferences(request: ConsoleRequest) -> HttpResponse:
    """Show the member's preferences; keep those that are sent."""
    if request.method == "GET":
        return render(request, "console/preferences.html", {"form": _preferences_form(request)})
    form = _preferences_form(request)
    if not form.is_valid():
        return render(request, "console/preferences.html", {"form": form}, status=422)
    form.save()
    if not request.htmx:
        return redirect("console:preferences")
    kept = json.dumps({"preferences": form.cleaned_data})
    return HttpResponse(status=204, headers={"HX-Trigger": kept})


def _preferences_form(request: ConsoleRequest) -> PreferencesForm:
    if request.method == "GET":
        return PreferencesForm(instance=request.member)
    return PreferencesForm.changing(request.member, request.POST)
