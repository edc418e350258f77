"""Why a change of libraries is refused; the text of each is a sentence for people.

LibraryError
├── TooManyLibraries       the account has as many libraries of the kind as it may have
├── KeywordsRefused        some lines are no keywords
├── KeywordsFull           the account has as many keywords as it may have
├── InvalidText            a name or a description that cannot be
│   └── TextTooLong        one of too many characters
├── LibraryNameTaken       the account has a library of that name
├── LibraryInUse           a service uses the library
├── LibraryFull            the account has as many images as it may have
├── DuplicateImage         the account has the same picture already
├── ImageTooPlain          the picture has so little detail that it would match others like it
├── InvalidHash            not a PDQ hash
├── TooManyImports         the account has as many imports under way as it may have
├── ImportEnded            the import takes no more uploads
└── PartMisplaced          a part of a file that does not follow what has come
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from libraries.keyword_lines import RefusedLine
    from libraries.models import LibraryImage


class LibraryError(Exception):
    """A change was refused; nothing was changed."""


class TooManyLibraries(LibraryError):
    """The account has as many libraries of the kind as it may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            _("%(limit)s libraries are the limit. Delete one, or add to one that there is.")
            % {"limit": limit}
        )
        self.limit = limit


class KeywordsRefused(LibraryError):
    """Some lines are no keywords, or there is no room for them."""

    def __init__(self, lines: Sequence[RefusedLine]) -> None:
        super().__init__(
            ngettext(
                "%(count)s line has to be changed.",
                "%(count)s lines have to be changed.",
                len(lines),
            )
            % {"count": f"{len(lines):,}"}
        )
        self.lines = tuple(lines)


class KeywordsFull(LibraryError):
    """The account has as many keywords as it may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            _("%(limit)s keywords are the limit of all libraries together. Delete some first.")
            % {"limit": f"{limit:,}"}
        )


class InvalidText(LibraryError):
    """A name or a description that cannot be."""


class TextTooLong(InvalidText):
    """A name or a description of too many characters."""

    def __init__(self, limit: int) -> None:
        super().__init__(_("More than %(limit)s characters.") % {"limit": limit})


class LibraryNameTaken(LibraryError):
    """The account has a library of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(_("There is a library “%(name)s” already.") % {"name": name})


class LibraryInUse(LibraryError):
    """A service uses the library; places say where."""

    def __init__(self, places: Sequence[str]) -> None:
        super().__init__(
            _("The library is in use: %(places)s. Take it out there first.")
            % {"places": ", ".join(places)}
        )
        self.places = tuple(places)


class LibraryFull(LibraryError):
    """The account has as many images as it may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            _("%(limit)s images are the limit of all libraries together. Delete some first.")
            % {"limit": f"{limit:,}"}
        )
        self.limit = limit


class DuplicateImage(LibraryError):
    """The account has the same picture already; image is that one."""

    def __init__(self, image: LibraryImage) -> None:
        super().__init__(
            _("The same picture as image %(image)s of library “%(library)s”.")
            % {"image": image.pk, "library": image.library.name}
        )
        self.image = image


class ImageTooPlain(LibraryError):
    """The picture has so little detail that it would match others like it."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Too plain: it has so little detail that it would match many other images. "
                "Choose one that shows more."
            )
        )


class InvalidHash(LibraryError):
    """Not a PDQ hash."""

    def __init__(self) -> None:
        super().__init__(_("This is not a PDQ hash: 64 characters, 0 to 9 and a to f."))


class TooManyImports(LibraryError):
    """The account has as many imports under way as it may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            _("%(limit)s imports are under way already. Wait for one to end, or cancel it.")
            % {"limit": limit}
        )


class ImportEnded(LibraryError):
    """The import takes no more uploads."""

    def __init__(self) -> None:
        super().__init__(_("The import has ended."))


class PartMisplaced(LibraryError):
    """A part of a file that does not follow what has come."""

    def __init__(self) -> None:
        super().__init__(_("The upload got out of step. Import the file again."))
