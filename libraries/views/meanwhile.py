"""What happens when somebody else deletes a library that a page is about to change."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import Http404, HttpResponse

from console.requests import ConsoleRequest
from libraries.models import ImageLibrary, Vocabulary

P = ParamSpec("P")
View = Callable[Concatenate[ConsoleRequest, P], HttpResponse]


def not_found_once_deleted(view: View[P]) -> View[P]:
    """Answer 404 if the library or vocabulary was deleted after the view had found it."""

    @wraps(view)
    def guarded(request: ConsoleRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (ImageLibrary.DoesNotExist, Vocabulary.DoesNotExist) as error:
            raise Http404 from error

    return cast("View[P]", guarded)  # wraps() makes another type of it
