"""What the codes of the audit log mean, in words; apps name their actions in record()."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SUBJECTS: dict[str, str | Promise] = {
    "ruleset": _("Rules"),
    "service": _("Services"),
    "image_library": _("Image libraries"),
    "vocabulary": _("Keyword libraries"),
    "feedback": _("Feedback"),
    "access_key": _("Access keys"),
    "member": _("Members and roles"),
    "callback_plan": _("Notifications"),
    "online_test": _("Online test"),
    "api": _("API"),
}
"""The part of a code before the point, in the order of the filter."""

ACTIONS: dict[str, str | Promise] = {
    "ruleset.scope": _("Saved the detection scope"),
    "ruleset.libraries": _("Saved the custom libraries"),
    "ruleset.exemptions": _("Saved the exemptions"),
    "ruleset.vocabularies": _("Saved the ignored vocabularies"),
    "ruleset.configuration": _("Saved the configuration by program"),
    "ruleset.restore": _("Rolled back to a version"),
    "service.copy": _("Copied a service"),
    "service.change": _("Renamed or described a service"),
    "service.delete": _("Deleted a service"),
    "service.keep": _("Stored settings for programs"),
    "image_library.create": _("Created an image library"),
    "image_library.change": _("Changed an image library"),
    "image_library.delete": _("Deleted an image library"),
    "image_library.empty": _("Deleted all images of a library"),
    "image_library.add_image": _("Added an image"),
    "image_library.import": _("Imported images"),
    "image_library.go_live": _("Had a held image go live"),
    "image_library.delete_images": _("Deleted images"),
    "image_library.move_images": _("Moved images"),
    "vocabulary.create": _("Created a keyword library"),
    "vocabulary.change": _("Changed a keyword library"),
    "vocabulary.delete": _("Deleted a keyword library"),
    "vocabulary.add_keywords": _("Added keywords"),
    "vocabulary.delete_keywords": _("Deleted keywords"),
    "feedback.give": _("Gave feedback"),
    "feedback.withdraw": _("Withdrew feedback"),
    "feedback.resolve": _("Resolved feedback, or opened it again"),
    "access_key.create": _("Created an access key"),
    "access_key.enable": _("Enabled an access key"),
    "access_key.disable": _("Disabled an access key"),
    "access_key.delete": _("Deleted an access key"),
    "member.create": _("Added a member"),
    "member.role": _("Changed the role of a member"),
    "member.password": _("Reset the password of a member"),
    "member.deactivate": _("Deactivated a member"),
    "member.reactivate": _("Reactivated a member"),
    "callback_plan.create": _("Created a notification"),
    "callback_plan.change": _("Changed a notification"),
    "callback_plan.delete": _("Deleted a notification"),
    "online_test.clear": _("Cleared online tests"),
    "api.explore": _("Called the API from its page"),
}

DETAILS: dict[str, str | Promise] = {
    "action": _("Action"),
    "added": _("Added"),
    "after": _("after"),
    "aspect": _("what"),
    "before": _("before"),
    "changes": _("Change"),
    "comment": _("Comment"),
    "count": _("Count"),
    "deep_match": _("Deep match"),
    "description": _("Description"),
    "duplicates": _("Duplicates"),
    "image": _("Image ID"),
    "images": _("Images"),
    "import": _("Import"),
    "keywords": _("Keywords"),
    "kind": _("Kind"),
    "label": _("Label"),
    "labels": _("Labels"),
    "library": _("Library"),
    "name": _("Name"),
    "name_before": _("Name before"),
    "note": _("Note"),
    "refused": _("Refused"),
    "role": _("Role"),
    "runs": _("Tests"),
    "second_factor_dropped": _("Two-factor authentication turned off"),
    "source": _("Copied from"),
    "state": _("State"),
    "to": _("To"),
    "url": _("URL"),
    "version": _("Version"),
}


def action_words(code: str) -> str:
    """Say what was done; a code that nobody uses any more stands for itself."""
    return str(ACTIONS.get(code, code))


def detail_words(name: str) -> str:
    """Say what a detail is; names without words stand for themselves."""
    return str(DETAILS.get(name, name))


def action_choices() -> list[tuple[str, object]]:
    """Return the choices of the filter: all actions of a subject, or one."""
    choices: list[tuple[str, object]] = [("", _("All"))]
    for subject, title in SUBJECTS.items():
        own = [(code, text) for code, text in ACTIONS.items() if code.startswith(f"{subject}.")]
        choices.append((str(title), [(subject, _("All of these")), *own]))
    return choices
