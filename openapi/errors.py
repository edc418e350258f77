"""The two kinds of error of the API, and the wire code of every error of the engine."""

from __future__ import annotations

from collections.abc import Mapping

from moderation import errors

WIRE_CODES: Mapping[type[errors.ModerationError], int] = {
    errors.ParameterMissing: 400,
    errors.ParameterInvalid: 401,
    errors.ParameterTooLong: 402,
    errors.RateExceeded: 403,
    errors.DownloadFailed: 404,
    errors.DownloadTimedOut: 405,
    errors.ImageTooLarge: 406,
    errors.FormatNotSupported: 407,
    errors.PermissionMissing: 408,
    errors.DetectorFailed: 500,
}


class GatewayError(Exception):
    """A call that does not get as far as an action; answered with an HTTP error status.

    code: what a program tells errors apart by, such as SignatureDoesNotMatch.
    message: one English sentence that says how to mend it.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def missing_parameter(name: str) -> GatewayError:
    """Return the error for a call that lacks what every call needs."""
    return GatewayError(400, "MissingParameter", f"The parameter {name} is missing.")


def invalid_parameter(message: str) -> GatewayError:
    """Return the error for a call with a bad value."""
    return GatewayError(400, "InvalidParameter", message)


def incomplete_signature(message: str) -> GatewayError:
    """Return the error for a signature that cannot be read or leaves out what it must cover."""
    return GatewayError(400, "IncompleteSignature", message)


def signature_does_not_match(text: str) -> GatewayError:
    """Return the error for a wrong signature; text is what the server signed, for comparison."""
    return GatewayError(
        400,
        "SignatureDoesNotMatch",
        "The signature does not match. Compare the text that your client signs with the one"
        f" that this server signed: {text}",
    )
