"""Why a search or feedback is refused; the text of each is a sentence for people.

SearchError
├── LabelMissing    "!=" without a label
├── LabelsMixed     labels to find and labels to leave out in one list
├── TooManyLabels   more labels than one search takes
├── SearchNameTaken the member has saved a search of that name
└── TooManySavedSearches  the member has saved as many as they may
FeedbackError
├── UnknownLabels   labels that nothing returns
└── PictureGone     nothing is stored of the picture any more
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _


class SearchError(Exception):
    """A search cannot be made as it was asked for."""


class LabelMissing(SearchError):
    """A "!=" without a label."""

    def __init__(self) -> None:
        super().__init__(_("Write a label after !=, such as !=nonLabel."))


class LabelsMixed(SearchError):
    """Labels to find and labels to leave out in one list."""

    def __init__(self) -> None:
        super().__init__(
            _("Write either labels to find, or != and labels to leave out: !=nonLabel, pt_logo.")
        )


class TooManyLabels(SearchError):
    """More labels than one search takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(_("Search for at most %(limit)s labels at once.") % {"limit": limit})


class SearchNameTaken(SearchError):
    """The member has saved a search of that name."""

    def __init__(self) -> None:
        super().__init__(_("You have a search of that name already."))


class TooManySavedSearches(SearchError):
    """The member has saved as many searches as they may."""

    def __init__(self, limit: int) -> None:
        super().__init__(_("You may save %(limit)s searches: delete one.") % {"limit": limit})


class FeedbackError(Exception):
    """Feedback cannot be given as it was sent."""


class UnknownLabels(FeedbackError):
    """Labels that nothing returns."""

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__(
            _("There is no such label: %(labels)s.") % {"labels": ", ".join(labels)[:200]}
        )
        self.labels = tuple(labels)


class PictureGone(FeedbackError):
    """Nothing is stored of the picture any more."""

    def __init__(self) -> None:
        super().__init__(_("The stored picture is gone; only what was found of it is left."))
