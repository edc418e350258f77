"""The actions that list, create and change image libraries, and say what they exempt."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from console.prepared import PreparedQuery
from libraries.models import ImageLibrary
from libraries.services import image_libraries as services
from moderation.errors import ParameterInvalid
from openapi.authentication import ApiCall
from openapi.callable_services import find_service
from openapi.image_library_documents import library_document
from openapi.image_library_lookups import find_image_library
from openapi.parameters import read_json_object
from openapi.reading import needed, read_number, text
from openapi.registry import Envelope, action
from rules.changes import ConfigurationChange
from rules.services import exempt_everywhere, save_configuration

_SWITCHES = {"0": False, "1": True}
_LIBRARIES = PreparedQuery(
    lambda account_id: (
        ImageLibrary.objects.filter(account=account_id).staying().by_name().with_image_count()
    )
)


@action("ListImageLib", Envelope.STATUS)
def list_image_lib(call: ApiCall) -> dict[str, Any]:
    """List all image libraries of the account, and which of them a service exempts."""
    account = call.access_key.account
    exempt: set[int] = set()
    if code := text(call, "ServiceCode"):
        exemptions = find_service(account, code).exemptions
        exempt = set(exemptions.values_list("image_library_id", flat=True))
    libraries = _LIBRARIES.of(account.pk)
    return {
        "LibList": [library_document(one, is_exempt=one.pk in exempt) for one in libraries],
        "MaxLibCount": settings.MAX_IMAGE_LIBRARIES,
    }


@action("CreateImageLib", Envelope.STATUS)
def create_image_lib(call: ApiCall) -> dict[str, Any]:
    """Create a library without images and return its id."""
    return {"Data": {"LibId": str(_create(call).pk)}}


@action("AddImageLib", Envelope.STATUS)
def add_image_lib(call: ApiCall) -> dict[str, Any]:
    """Do what CreateImageLib does, under the older name, whose answer has no id."""
    _create(call)
    return {"Data": True}


def _create(call: ApiCall) -> ImageLibrary:
    return services.create_image_library(
        account=call.access_key.account,
        name=needed(call, "LibName"),
        description=text(call, "Comment"),
        author=call.access_key,
    )


@action("UpdateImageLib", Envelope.STATUS)
@transaction.atomic
def update_image_lib(call: ApiCall) -> dict[str, Any]:
    """Change what is sent of a library, all or nothing.

    FreeInspection names no service: 1 exempts the images everywhere, 0 nowhere.
    """
    library = find_image_library(call)
    switch = text(call, "FreeInspection")
    if switch:
        exempt_everywhere(
            library=library,
            is_exempt=_read_switch("FreeInspection", switch),
            author=call.access_key,
            comment=_comment(call),
        )
    if "Comment" in call.parameters or text(call, "LibName"):
        services.change_image_library(
            library=library,
            name=text(call, "LibName") or library.name,
            description=text(call, "Comment")
            if "Comment" in call.parameters
            else library.description,
            author=call.access_key,
        )
    return {"Data": True}


@action("UpdateImageLibFreeInspection", Envelope.STATUS)
def update_image_lib_free_inspection(call: ApiCall) -> dict[str, Any]:
    """Switch the exemptions of a service; libraries that are not named stay as they are."""
    service = find_service(call.access_key.account, needed(call, "ServiceCode"))
    config = read_json_object("Config", needed(call, "Config"))
    switches = {
        read_number("Config", name): _read_switch(f"Config.{name}", value)
        for name, value in config.items()
    }
    save_configuration(
        service=service,
        change=ConfigurationChange(exemptions=switches),
        author=call.access_key,
        comment=_comment(call),
    )
    return {"Data": True}


def _read_switch(name: str, value: Any) -> bool:
    switch = _SWITCHES.get(str(int(value)) if isinstance(value, bool) else str(value))
    if switch is None:
        raise ParameterInvalid(f"{name[:40]} must be 0 or 1.")
    return switch


def _comment(call: ApiCall) -> str:
    return f"{call.action} {call.request_id}"
