"""Which libraries a service exempts, or which vocabularies it ignores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from rules.forms.version import VersionForm

_ID = re.compile(r"[1-9][0-9]{0,17}")
_GONE = _("A library that was switched on no longer exists. It is left out below; save again.")


class SwitchesForm(forms.Form):
    """The libraries that are switched on; a switch that is off sends nothing.

    version: the form of the version that they are based on.
    refused_names: libraries that cannot be switched on, known once the save was tried.
    """

    def __init__(self, libraries: QuerySet[Any], version: VersionForm) -> None:
        super().__init__(version.data if version.is_bound else None)
        self.version = version
        self.refused_names: Sequence[str] = ()
        self.fields["on"] = forms.MultipleChoiceField(
            choices=[(pk, pk) for pk in libraries.values_list("pk", flat=True)],
            required=False,
            error_messages={"invalid_choice": _GONE},
        )

    def is_valid(self) -> bool:
        """Say whether the switches and their version can be saved; errors join the version's."""
        is_valid = super().is_valid()
        for error in self.errors.get("on", ()):
            self.version.add_error(None, error)
        return self.version.is_valid() and is_valid

    @property
    def on_ids(self) -> frozenset[int]:
        """Return what was switched on when the form was sent, even if it cannot be saved."""
        sent: Sequence[str] = self["on"].value() or ()
        return frozenset(int(value) for value in sent if _ID.fullmatch(value))
