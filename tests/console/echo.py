"""A WSGI application that says what reached it, behind the gateway."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from console.gateway import HOST_AS_SENT, normalised

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def _echo(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    seen = {
        "host": environ["HTTP_HOST"],
        "host as sent": environ[HOST_AS_SENT],
        "query length": len(environ["QUERY_STRING"]),
        "body": environ["wsgi.input"].read(length).decode() if length < 1000 else length,
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]


application = normalised(_echo)
