"""The actions about notification plans, whose receivers hear of all asynchronous results."""

from __future__ import annotations

from typing import Any

from moderation.errors import ParameterInvalid, ParameterTooLong
from moderation.risk import RiskLevel
from openapi import services
from openapi.asynchronous.callback import check_receiver, read_crypt_type
from openapi.asynchronous.models import ALL, CallbackPlan
from openapi.authentication import ApiCall
from openapi.reading import find_row, needed, read_page, text
from openapi.registry import Envelope, action
from openapi.timestamps import server_time

MAX_NAME_CHARACTERS = 64


@action("CreateCallback", Envelope.BARE)
def create_callback(call: ApiCall) -> dict[str, Any]:
    """Create a plan with a seed of its own."""
    plan = services.create_plan(
        author=call.access_key,
        name=_read_name(needed(call, "Name")),
        url=_read_url(needed(call, "Url")),
        crypt_type=read_crypt_type(text(call, "CryptType"), name="CryptType"),
        scope=_read_scope(text(call, "Scope")),
    )
    return {"Data": plan.pk}


@action("ModifyCallback", Envelope.BARE)
def modify_callback(call: ApiCall) -> dict[str, Any]:
    """Change what the call names of a plan."""
    plan = _find_plan(call)
    changes = {}
    if name := text(call, "Name"):
        changes["name"] = _read_name(name)
    if url := text(call, "Url"):
        changes["url"] = _read_url(url)
    if crypt_type := text(call, "CryptType"):
        changes["crypt_type"] = read_crypt_type(crypt_type, name="CryptType")
    if scope := text(call, "Scope"):
        changes["scope"] = _read_scope(scope)
    services.change_plan(plan=plan, author=call.access_key, **changes)
    return {"Data": True}


@action("DeleteCallback", Envelope.BARE)
def delete_callback(call: ApiCall) -> dict[str, Any]:
    """Delete a plan."""
    services.delete_plan(plan=_find_plan(call), author=call.access_key)
    return {"Data": True}


@action("ListCallback", Envelope.BARE)
def list_callback(call: ApiCall) -> dict[str, Any]:
    """List all plans of the account."""
    account = call.access_key.account
    return {"Data": [_document(plan, account.uid) for plan in account.callback_plans.all()]}


@action("QueryCallback", Envelope.BARE)
def query_callback(call: ApiCall) -> dict[str, Any]:
    """Describe one plan."""
    document = _document(_find_plan(call), call.access_key.account.uid)
    return document | {"ExistsOssCheckTask": False}


@action("QueryCallbackByPage", Envelope.BARE)
def query_callback_by_page(call: ApiCall) -> dict[str, Any]:
    """List the plans of the account page by page."""
    page, account = read_page(call), call.access_key.account
    plans = account.callback_plans.all()
    return {
        "CurrentPage": page.number,
        "PageSize": page.size,
        "TotalCount": plans.count(),
        "Items": [_document(plan, account.uid) for plan in page.of(plans)],
    }


def _find_plan(call: ApiCall) -> CallbackPlan:
    return find_row(call, "Id", call.access_key.account.callback_plans.all())


def _read_name(name: str) -> str:
    if len(name) > MAX_NAME_CHARACTERS:
        raise ParameterTooLong(f"Name may have {MAX_NAME_CHARACTERS} characters.")
    if not name.isprintable():
        raise ParameterInvalid("Name may have printable characters only.")
    return name


def _read_url(url: str) -> str:
    check_receiver(url, name="Url")
    return url


def _read_scope(scope: str) -> str:
    """Return "all", or the risk levels in their order; raises ParameterInvalid."""
    wanted = {part.strip().lower() for part in scope.split(",") if part.strip()} or {ALL}
    if wanted == {ALL}:
        return ALL
    levels = [level.value for level in RiskLevel]
    if not wanted <= set(levels):
        raise ParameterInvalid(f"Scope must be all, or some of {', '.join(levels)}.")
    return ",".join(level for level in levels if level in wanted)


def _document(plan: CallbackPlan, uid: str) -> dict[str, Any]:
    return {
        "Id": plan.pk,
        "Name": plan.name,
        "Url": plan.url,
        "Seed": plan.seed,
        "CryptType": plan.crypt_type,
        "Scope": plan.scope,
        "Uid": uid,
        "GmtCreate": server_time(plan.created_at),
        "GmtModified": server_time(plan.changed_at),
    }
