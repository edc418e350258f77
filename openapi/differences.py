"""Where this server's API differs from the vendor's, as the documentation page tells it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Difference:
    """One point in which the two differ."""

    subject: str | Promise
    vendor: str | Promise
    here: str | Promise


DIFFERENCES = (
    Difference(
        _("Endpoint"),
        _("One for each region."),
        _("The address of this console; RegionId is accepted and has no effect."),
    ),
    Difference(
        _("Access"),
        _("Keys of users and roles with permissions for each action."),
        _("Keys of this console: a key may call every action for its account."),
    ),
    Difference(
        _("Uploaded images"),
        _("In the vendor's object store, also in buckets of your own."),
        _("In this server, for UPLOAD_LIFETIME_MINUTES; other buckets are not reached."),
    ),
    Difference(
        _("Uploads in chunks that break off"),
        _("Nothing is stored."),
        _("What had come is stored until it is sent again; announce a length or a Content-MD5."),
    ),
    Difference(
        _("Labels"),
        _("All labels are detected."),
        _("Those that Coverage names; the others by a large model or a custom library."),
    ),
    Difference(
        _("Public figures and logos"),
        _("Returned in PublicFigure and LogoData."),
        _("No detector here finds them, so that both parts are always absent."),
    ),
    Difference(
        _("Faces"),
        _("FaceData with place, age, gender, expression and more."),
        _("FaceData with the place of each face and nothing else."),
    ),
    Difference(
        _("General image recognition"),
        _("Returns what the image shows."),
        _("Nothing here serves it: the answer is nonLabel."),
    ),
    Difference(
        _("RiskLevel of a label"),
        _("Documented, often absent."),
        _("Always sent."),
    ),
    Difference(
        _("Several services at once"),
        _("ImageBatchModeration."),
        _("Up to ten services; each counts as a call and has a result of its own."),
    ),
    Difference(
        _("Asynchronous results"),
        _("Kept for some days."),
        _("Kept for some days too, with the parts that infoType asks for."),
    ),
    Difference(
        _("Callbacks"),
        _("POST of content and checksum, repeated up to 16 times."),
        _(
            "The same; the pauses grow from ten seconds to an hour. Private addresses have to be"
            " allowed in FETCH_ALLOWED_NETWORKS, redirects are not followed, and a receiver has"
            " five seconds."
        ),
    ),
    Difference(
        _("Human review"),
        _("ManualModeration and ManualModerationResult."),
        _("Not part of this server: InvalidAction.NotFound."),
    ),
    Difference(
        _("Text, audio, video and documents"),
        _("Actions of their own."),
        _("Not part of this server: InvalidAction.NotFound."),
    ),
)
