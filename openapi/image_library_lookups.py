"""Finding the image library that a call names, and the picture that it adds."""

from __future__ import annotations

from ipaddress import ip_network
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from django.conf import settings

from libraries.models import ImageLibrary
from libraries.samples import MAX_SAMPLE_BYTES, SAMPLE_LIMITS
from moderation.errors import ParameterTooLong
from moderation.fetch import fetch_image
from openapi.authentication import ApiCall
from openapi.reading import find_row, needed
from openapi.service_parameters import MAX_URL_CHARACTERS, check_url
from openapi.uploads import finding


class NamedPicture(NamedTuple):
    """An encoded picture and the name of its file."""

    name: str
    content: bytes


def find_image_library(call: ApiCall) -> ImageLibrary:
    """Return the account's image library that LibId names.

    Raises ParameterMissing or ParameterInvalid.
    """
    return find_row(call, "LibId", call.access_key.account.image_libraries.staying())


def read_picture(call: ApiCall) -> NamedPicture:
    """Return the picture that ImgUrl stands for: an upload, or an address.

    Raises the subclasses of ModerationError that concern the parameter or the download.
    """
    source = needed(call, "ImgUrl")
    upload = finding.find_upload(call.access_key.account, source)
    if upload is not None:
        content = finding.read(upload, max_bytes=MAX_SAMPLE_BYTES)
        return NamedPicture(upload.object_name, content)
    if len(source) > MAX_URL_CHARACTERS:
        raise ParameterTooLong(f"ImgUrl has over {MAX_URL_CHARACTERS} characters.")
    check_url(source, name="ImgUrl")
    networks = tuple(ip_network(network) for network in settings.FETCH_ALLOWED_NETWORKS)
    content = fetch_image(source, allowed_networks=networks, limits=SAMPLE_LIMITS)
    return NamedPicture(unquote(urlsplit(source).path), content)
