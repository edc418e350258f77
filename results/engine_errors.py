"""Why an image was not moderated, in the language of the page.

The engine speaks English, as its API does, and says more: on other pages its words come after.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from moderation import errors

_TEXTS: dict[str, str | Promise] = {
    errors.DownloadFailed.__name__: gettext_lazy("The image's URL cannot be read."),
    errors.DownloadTimedOut.__name__: gettext_lazy("The download took too long; try again."),
    errors.ImageTooLarge.__name__: gettext_lazy("The image is too large; make it smaller."),
    errors.FormatNotSupported.__name__: gettext_lazy(
        "This is not an image that can be read, or it is damaged. Save it anew as JPEG."
    ),
    errors.DetectorFailed.__name__: gettext_lazy(
        "A detector failed; try again or look at System health."
    ),
    errors.ParameterInvalid.__name__: gettext_lazy("The service has been deleted."),
}


def engine_error_text(code: str, detail: str) -> str:
    """Say what an error means to whoever looks at the page.

    code: the name of the error's class.
    detail: what the error said.
    """
    if code not in _TEXTS:
        return _(detail) if detail else ""
    if (get_language() or "en").startswith("en"):
        return detail
    return _("%(text)s (%(detail)s)") % {"text": _TEXTS[code], "detail": detail}
