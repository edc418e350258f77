"""Posting a form to somebody else's server, which may be slow, wrong or gone."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from ipaddress import ip_network
from urllib.parse import urlencode

from django.conf import settings

from moderation.connecting import USER_AGENT, Deadline, Target, connected
from moderation.errors import DownloadFailed, DownloadTimedOut

TIMEOUT_S = 5.0
FORM = "application/x-www-form-urlencoded"


class NotAccepted(Exception):
    """The receiver did not answer 200; the text says why, for the log."""


def post_form(url: str, fields: Mapping[str, str], *, timeout_s: float = TIMEOUT_S) -> None:
    """Post a form; what the receiver answers is not read, and redirects are not followed.

    timeout_s: wall clock for everything together.

    Raises NotAccepted unless the receiver is at a permitted address and answers 200 in time.
    """
    deadline = Deadline(timeout_s)
    try:
        status = _post(url, urlencode(fields).encode(), deadline)
        deadline.remaining_s()  # a connection that was cut looks like the end of an answer
    except DownloadFailed:
        raise NotAccepted("not a host at a public address; see FETCH_ALLOWED_NETWORKS") from None
    except (OSError, http.client.HTTPException, ValueError, DownloadTimedOut) as error:
        if deadline.has_passed or isinstance(error, TimeoutError | DownloadTimedOut):
            raise NotAccepted(f"no answer within {timeout_s:g} seconds") from None
        raise NotAccepted(f"the connection failed ({type(error).__name__})") from error
    if status != http.client.OK:
        raise NotAccepted(f"answered {status} instead of 200")


def _post(url: str, body: bytes, deadline: Deadline) -> int:
    target = Target.of(url)
    networks = tuple(ip_network(network) for network in settings.FETCH_ALLOWED_NETWORKS)
    headers = {
        "Host": target.host_header,
        "User-Agent": USER_AGENT,
        "Content-Type": f"{FORM}; charset=utf-8",
        "Connection": "close",
    }
    with connected(target, networks, deadline) as client:
        client.request("POST", target.path, body, headers)
        return client.getresponse().status
