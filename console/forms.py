"""What people may enter on the console's own pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from console.audit import AuditSearch
from console.audit_words import action_choices
from console.fields import DayField
from console.models import AccessKey, Member, User
from console.roles import Role

USER_NAME_TAKEN = _("Somebody signs in with this name already.")
PREFERENCES = ["theme", "blur", "single_key_shortcuts"]
_INPUT = {"autocomplete": "off"}


class AccessKeyForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable
    """A new access key."""

    qps_limit = forms.IntegerField(
        label=_("Calls per second"),
        min_value=1,
        max_value=10_000,
        required=False,
        help_text=_("Empty for the limit of each service."),
        widget=forms.NumberInput(attrs=_INPUT),
    )

    class Meta:
        model = AccessKey
        fields = ["name", "qps_limit"]
        labels = {"name": _("Name")}
        help_texts = {"name": _("The program that will use the key.")}
        widgets = {"name": forms.TextInput(attrs=_INPUT | {"autofocus": True})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True


class DeleteAccessKeyForm(forms.Form):
    """The key's ID, typed again, so that no key is deleted by a slip."""

    key_id = forms.CharField(
        label=_("Access key ID"),
        max_length=32,
        widget=forms.TextInput(attrs=_INPUT | {"class": "mono", "autofocus": True}),
    )

    def __init__(self, *args: Any, key: AccessKey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = key

    def clean_key_id(self) -> str:
        key_id: str = self.cleaned_data["key_id"]
        if key_id != self.key.key_id:
            raise forms.ValidationError(_("This is not the ID of the key."))
        return key_id


class MemberForm(forms.Form):
    """A new member; without a password one is generated."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        validators=[User.username_validator],
        help_text=_("To sign in with: letters, digits and @ . + - _"),
        widget=forms.TextInput(attrs=_INPUT | {"autofocus": True, "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        widget=forms.EmailInput(attrs=_INPUT),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.VIEWER)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=128,
        help_text=_("Empty to have one generated and shown once."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(USER_NAME_TAKEN)
        return username

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email and User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("Somebody signs in with this address already."))
        return email

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("password"):
            user = User(username=cleaned.get("username", ""), email=cleaned.get("email", ""))
            try:
                validate_password(cleaned["password"], user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


class MemberRoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        help_text=_("Holds from the next page that they open."),
        widget=forms.Select(attrs={"autofocus": True}),
    )


class ResetPasswordForm(forms.Form):
    """What goes with the old password."""

    drop_second_factor = forms.BooleanField(
        label=_("Turn off two-factor authentication too: the phone or security key is lost"),
        required=False,
    )


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable
    """How the pages look and behave for one member."""

    class Meta:
        model = Member
        fields = PREFERENCES

    @classmethod
    def changing(cls, member: Member, changes: QueryDict) -> PreferencesForm:
        """Bind the member's preferences with some of them changed."""
        kept = {name: getattr(member, name) for name in PREFERENCES}
        return cls(kept | changes.dict(), instance=member)


class AuditFilterForm(forms.Form):
    """What is searched for in the audit log."""

    first = DayField(_("From"))
    last = DayField(_("To"))
    actor = forms.CharField(
        label=_("Who"), required=False, max_length=150, widget=forms.TextInput(attrs=_INPUT)
    )
    action = forms.ChoiceField(label=_("What"), required=False, choices=action_choices)
    subject = forms.CharField(
        label=_("Which, or request ID"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=_INPUT | {"data-slash": ""}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse days that find nothing by themselves."""
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The end is before the start: exchange the two days."))
        return self.cleaned_data

    def search(self) -> AuditSearch:
        """Return what is asked; call it on a valid form."""
        return AuditSearch(**self.cleaned_data)
