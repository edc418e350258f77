"""Errors of the object store, which its clients read as XML."""

from __future__ import annotations


class StoreError(Exception):
    """A request to the object store that is refused.

    code: what a program tells errors apart by, such as NoSuchBucket.
    message: one English sentence.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def access_denied(message: str) -> StoreError:
    """Return the error for what the caller may not do."""
    return StoreError(403, "AccessDenied", message)


def invalid_argument(message: str) -> StoreError:
    """Return the error for what cannot be read."""
    return StoreError(400, "InvalidArgument", message)


def invalid_digest() -> StoreError:
    """Return the error for a body that differs from its Content-MD5."""
    return StoreError(400, "InvalidDigest", "The body does not have the MD5 that was sent with it.")


def invalid_key_id() -> StoreError:
    """Return the error for credentials that this server has not given out."""
    message = "Use the temporary key of DescribeUploadToken, and its security token."
    return StoreError(403, "InvalidAccessKeyId", message)


def too_large(limit: int) -> StoreError:
    """Return the error for a body of too many bytes."""
    return StoreError(400, "EntityTooLarge", f"The object is larger than {limit} bytes.")
