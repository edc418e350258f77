"""Who may open what: each address of the console with the role that it needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from console.roles import Role
from rules.services import install_catalogue

# Everything that a URL names; None: open to people who are not signed in.
REQUIRED_ROLES: dict[str, Role | None] = {
    "overview": Role.VIEWER,
    "background": Role.VIEWER,
    "health": Role.ADMINISTRATOR,
    "first_steps_done": Role.ADMINISTRATOR,
    "usage": Role.VIEWER,
    "usage_export": Role.VIEWER,
    "usage_labels": Role.VIEWER,
    "week_calls": Role.VIEWER,
    "week_hits": Role.VIEWER,
    "console:preferences": Role.VIEWER,
    "console:set_language": None,
    "console:access_key_list": Role.ADMINISTRATOR,
    "console:access_key_create": Role.ADMINISTRATOR,
    "console:access_key_switch": Role.ADMINISTRATOR,
    "console:access_key_delete": Role.ADMINISTRATOR,
    "console:member_list": Role.ADMINISTRATOR,
    "console:member_create": Role.ADMINISTRATOR,
    "console:member_role": Role.ADMINISTRATOR,
    "console:member_password": Role.ADMINISTRATOR,
    "console:member_deactivate": Role.ADMINISTRATOR,
    "console:member_reactivate": Role.ADMINISTRATOR,
    "console:audit_log": Role.POLICY_MANAGER,
    "console:audit_export": Role.POLICY_MANAGER,
    "openapi:documentation": Role.VIEWER,
    "openapi:send": Role.ADMINISTRATOR,
    "rules:coverage": Role.VIEWER,
    "rules:service_list": Role.VIEWER,
    "rules:service_home": Role.VIEWER,
    "rules:service": Role.VIEWER,
    "rules:service_copy": Role.POLICY_MANAGER,
    "rules:service_delete": Role.POLICY_MANAGER,
    "rules:publication": Role.VIEWER,
    "rules:scope": Role.VIEWER,
    "rules:scope_save": Role.POLICY_MANAGER,
    "rules:custom_libraries_save": Role.POLICY_MANAGER,
    "rules:exemptions": Role.VIEWER,
    "rules:exemptions_save": Role.POLICY_MANAGER,
    "rules:ignored_vocabularies": Role.VIEWER,
    "rules:ignored_vocabularies_save": Role.POLICY_MANAGER,
    "rules:history": Role.VIEWER,
    "rules:version": Role.VIEWER,
    "rules:version_document": Role.VIEWER,
    "rules:restore": Role.POLICY_MANAGER,
    "libraries:image_library_list": Role.VIEWER,
    "libraries:image_library": Role.VIEWER,
    "libraries:image_library_publication": Role.VIEWER,
    "libraries:image_library_create": Role.POLICY_MANAGER,
    "libraries:image_library_edit": Role.POLICY_MANAGER,
    "libraries:image_library_empty": Role.POLICY_MANAGER,
    "libraries:image_library_delete": Role.POLICY_MANAGER,
    "libraries:image_add": Role.MODERATOR,
    "libraries:image_move": Role.POLICY_MANAGER,
    "libraries:image_delete": Role.POLICY_MANAGER,
    "libraries:image_go_live": Role.POLICY_MANAGER,
    "libraries:image_discard": Role.POLICY_MANAGER,
    "libraries:library_image": Role.VIEWER,
    "libraries:library_image_thumbnail": Role.VIEWER,
    "libraries:library_image_preview": Role.VIEWER,
    "libraries:image_library_export": Role.VIEWER,
    "libraries:import_page": Role.MODERATOR,
    "libraries:import_start": Role.MODERATOR,
    "libraries:import_urls": Role.MODERATOR,
    "libraries:import_part": Role.MODERATOR,
    "libraries:import_pictures": Role.MODERATOR,
    "libraries:import_close": Role.MODERATOR,
    "libraries:import_cancel": Role.MODERATOR,
    "libraries:import_detail": Role.VIEWER,
    "libraries:import_card": Role.VIEWER,
    "libraries:import_report": Role.VIEWER,
    "libraries:vocabulary_list": Role.VIEWER,
    "libraries:vocabulary_create": Role.POLICY_MANAGER,
    "libraries:vocabulary_detail": Role.VIEWER,
    "libraries:vocabulary_edit": Role.POLICY_MANAGER,
    "libraries:vocabulary_delete": Role.POLICY_MANAGER,
    "libraries:keyword_add": Role.MODERATOR,
    "libraries:keyword_delete": Role.POLICY_MANAGER,
    "libraries:keyword_import": Role.MODERATOR,
    "libraries:keyword_export": Role.VIEWER,
    "libraries:keyword_try": Role.VIEWER,
    "libraries:vocabulary_publication": Role.VIEWER,
    "onlinetest:test_page": Role.MODERATOR,
    "onlinetest:run_page": Role.MODERATOR,
    "onlinetest:add_item": Role.MODERATOR,
    "onlinetest:retry_item": Role.MODERATOR,
    "results:result_list": Role.VIEWER,
    "results:label_options": Role.VIEWER,
    "results:would_hit": Role.VIEWER,
    "results:search_save": Role.VIEWER,
    "results:search_rename": Role.VIEWER,
    "results:search_delete": Role.VIEWER,
    "results:detail": Role.VIEWER,
    "results:thumbnail": Role.VIEWER,
    "results:preview": Role.VIEWER,
    "results:export_csv": Role.VIEWER,
    "results:export_xlsx": Role.VIEWER,
    "results:feedback": Role.MODERATOR,
    "results:feedback_withdraw": Role.MODERATOR,
    "results:feedback_resolve": Role.POLICY_MANAGER,
    "results:add_to_library": Role.MODERATOR,
    "results:feedback_of_selected": Role.MODERATOR,
    "results:add_selected_to_library": Role.MODERATOR,
    "results:exempt": Role.POLICY_MANAGER,
    "results:test_again": Role.MODERATOR,
    "feedback:feedback_list": Role.MODERATOR,
    "openapi:download": None,  # the address is signed
}
PAGES = [
    "overview",
    "health",
    "console:preferences",
    "console:access_key_list",
    "console:access_key_create",
    "console:member_list",
    "console:member_create",
    "console:audit_log",
    "rules:coverage",
    "rules:service_list",
    "results:result_list",
    "feedback:feedback_list",
]


def _patterns(
    resolver: URLResolver | None = None, namespace: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", pattern
        elif "allauth" not in str(pattern.urlconf_name):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _patterns(pattern, inner)


class TestRoleMatrix:
    def test_every_address_is_in_the_matrix(self):
        assert {name for name, _ in _patterns()} == set(REQUIRED_ROLES)

    def test_every_view_asks_for_the_role_of_the_matrix(self):
        for name, pattern in _patterns():
            asked = getattr(pattern.callback, "required_role", Role.VIEWER)
            is_open = not getattr(pattern.callback, "login_required", True)

            assert (None if is_open else asked) == REQUIRED_ROLES[name], name

    @pytest.mark.parametrize("role", Role)
    @pytest.mark.parametrize("name", PAGES)
    def test_a_page_opens_for_the_roles_that_it_needs(self, name, role, member_client, account):
        install_catalogue(account=account)
        needed = REQUIRED_ROLES[name]

        response = member_client(role).get(reverse(name))

        assert response.status_code == (200 if role.includes(needed) else 403)

    def test_a_refusal_names_the_role(self, member_client):
        response = member_client(Role.MODERATOR).get(reverse("console:access_key_list"))

        assert "needs the role Administrator" in response.content.decode()

    @pytest.mark.django_db
    def test_who_is_not_signed_in_is_led_to_the_sign_in_page(self, client):
        for name in PAGES:
            response = client.get(reverse(name))

            assert response.headers["Location"].startswith("/account/login/?next=")
