"""Pictures and hashes made ready to be stored in an image library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from libraries.engine import fingerprint_of_image
from libraries.errors import ImageTooPlain, InvalidHash
from moderation.fingerprint import Fingerprint
from moderation.image import ImageLimits, LoadedImage, load_image
from moderation.local_features import local_features
from moderation.renditions import Renditions, render_sample

MAX_SAMPLE_BYTES = 4 * 2**20
SAMPLE_LIMITS = ImageLimits(max_bytes=MAX_SAMPLE_BYTES)
MAX_NAME_CHARACTERS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A picture, or only its PDQ hash, with all that a library keeps of it.

    digest: SHA-256 of the file in hex, or pdq: and the hash if there is no file.
    local_features: by which parts of the picture are recognised.
    renditions: None if there is no picture.
    """

    name: str
    digest: str
    fingerprint: Fingerprint
    local_features: bytes = b""
    renditions: Renditions | None = None
    picture_format: str = ""
    width: int = 0
    height: int = 0
    size_bytes: int = 0


def sample_of_picture(
    content: bytes,
    name: str,
    fingerprint_of: Callable[[LoadedImage], Fingerprint] = fingerprint_of_image,
) -> Sample:
    """Decode a picture and compute what is needed to recognise and to show it.

    name: of the file; its content alone says what it is.
    fingerprint_of: how its fingerprint is computed, such as fingerprint_in_background.

    Raises ImageTooPlain, and moderation's ImageTooLarge and FormatNotSupported.
    """
    image = load_image(content, SAMPLE_LIMITS)
    fingerprint = fingerprint_of(image)
    if not fingerprint.is_matchable:
        raise ImageTooPlain
    return Sample(
        name=shown_name(name),
        digest=image.sha256,
        fingerprint=fingerprint,
        local_features=local_features(image.pixels),
        renditions=render_sample(image),
        picture_format=image.format,
        width=image.width,
        height=image.height,
        size_bytes=image.size_bytes,
    )


def sample_of_pdq(pdq_hex: str, name: str = "", quality: int = 100) -> Sample:
    """Take a PDQ hash without its picture, such as another system exports it.

    Raises InvalidHash, and ImageTooPlain if its quality is too low to be matched.
    """
    try:
        fingerprint = Fingerprint.from_pdq(pdq_hex.strip(), quality)
    except ValueError as error:
        raise InvalidHash from error
    if not fingerprint.is_matchable:
        raise ImageTooPlain
    digest = f"pdq:{fingerprint.pdq_hex}"
    return Sample(name=shown_name(name), digest=digest, fingerprint=fingerprint)


def shown_name(name: str) -> str:
    """Return a file's name without its folders and without what cannot be printed."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, last))[-MAX_NAME_CHARACTERS:]
