"""The life of a member, by mouse and keyboard."""

import re

from playwright.sync_api import expect

from console.models import Member
from console.roles import Role
from tests.factories import MemberFactory


class TestMembers:
    def test_a_member_is_added_and_the_password_is_shown_once(self, signed_in_page):
        page = signed_in_page(address="/members/")

        page.get_by_role("link", name="Add member").click()
        dialog = page.get_by_role("dialog", name="Add member")
        expect(dialog.get_by_label("User name")).to_be_focused()
        dialog.get_by_label("User name").fill("mei.tan")
        dialog.get_by_label("Role").select_option("Policy manager")
        dialog.get_by_role("button", name="Add").click()

        shown = page.get_by_role("dialog", name="New password")
        expect(shown).to_contain_text("It is not shown again.")
        user = Member.objects.get(user__username="mei.tan").user
        password = shown.get_by_title("Copy").nth(1).inner_text().strip()
        assert user.check_password(password)
        shown.get_by_role("link", name="Done").click()
        expect(page.get_by_role("row", name=re.compile("mei.tan"))).to_contain_text(
            "Policy manager"
        )
        expect(page.get_by_role("main")).not_to_contain_text(password)

    def test_a_role_is_changed(self, signed_in_page, account):
        MemberFactory(account=account, user__username="j.okafor", role=Role.VIEWER)
        page = signed_in_page(address="/members/")
        page.get_by_role("link", name="Change role of j.okafor").click()
        dialog = page.get_by_role("dialog", name="Role of j.okafor")
        expect(dialog.get_by_label("Role")).to_have_value("viewer")

        dialog.get_by_label("Role").select_option("Moderator")
        dialog.get_by_role("button", name="Save").click()

        expect(page.get_by_role("status")).to_contain_text("The role of j.okafor is Moderator.")
        expect(page.get_by_role("row", name=re.compile("j.okafor"))).to_contain_text("Moderator")

    def test_a_member_is_deactivated_and_reactivated(self, signed_in_page, account):
        MemberFactory(account=account, user__username="j.okafor")
        page = signed_in_page(address="/members/")
        row = page.get_by_role("row", name=re.compile("j.okafor"))
        page.get_by_role("link", name="Deactivate j.okafor").click()

        page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
        expect(row).to_contain_text("Deactivated")

        page.get_by_role("button", name="Reactivate j.okafor").click()
        expect(row).to_contain_text("Active")

    def test_the_last_administrator_is_told_why_they_stay(self, signed_in_page, page_errors):
        page = signed_in_page(address="/members/", user__username="mei.tan")
        page.get_by_role("link", name="Deactivate mei.tan").click()
        dialog = page.get_by_role("dialog")

        dialog.get_by_role("button", name="Deactivate").click()

        expect(dialog.get_by_role("alert")).to_contain_text(
            "mei.tan is the last active administrator"
        )
        page_errors.expect("422")
