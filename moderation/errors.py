"""Everything that can go wrong with a moderation call, as the caller must hear it."""


class ModerationError(Exception):
    """Base of all errors that a caller is told about.

    ModerationError
    ├── ParameterMissing      a needed parameter is absent or empty
    ├── ParameterInvalid      a parameter has a value outside the allowed set
    ├── ParameterTooLong      a parameter, or a quota, is longer than allowed
    ├── RateExceeded          more calls per second than the account may make
    ├── DownloadFailed        the picture's URL cannot be read
    ├── DownloadTimedOut      the download did not end in time
    ├── ImageTooLarge         too many bytes, pixels, or too long a side
    ├── FormatNotSupported    no format that is accepted, or a file that cannot be decoded
    ├── PermissionMissing     the caller may not use this service or resource
    └── DetectorFailed        a detector broke; there is no verdict without it

    The text of an error is one English sentence that says how to mend it, fit to be shown.
    """


class ParameterMissing(ModerationError):
    """A needed parameter is absent or empty."""


class ParameterInvalid(ModerationError):
    """A parameter has a value outside the allowed set."""


class ParameterTooLong(ModerationError):
    """A parameter is longer than allowed, or a quota is used up."""


class RateExceeded(ModerationError):
    """More calls per second than the account may make."""


class DownloadFailed(ModerationError):
    """The picture's URL cannot be read."""


class DownloadTimedOut(ModerationError):
    """The download did not end in time."""


class ImageTooLarge(ModerationError):
    """Too many bytes, too many pixels, or too long a side."""


class FormatNotSupported(ModerationError):
    """Not a picture of an accepted format, or one that cannot be decoded."""


class PermissionMissing(ModerationError):
    """The caller may not use this service or resource."""


class DetectorFailed(ModerationError):
    """A detector broke; there is no verdict without it."""

    def __init__(self, detector: str) -> None:
        super().__init__(f"The detector {detector} failed; try again or look at System health.")
        self.detector = detector
