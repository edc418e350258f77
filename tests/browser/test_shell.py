"""Sign-in, preferences, palette, shortcuts: what every page has."""

import re

from playwright.sync_api import Locator, expect

from console.models import Member
from console.roles import Role
from tests.factories import PASSWORD, ImageLibraryFactory, MemberFactory

MENU_GAP_PX = 8


class TestSignIn:
    def test_a_member_signs_in_and_comes_back_to_the_page_asked_for(self, page, live_server):
        MemberFactory(user__username="admin")
        page.goto(f"{live_server.url}/account/preferences/")

        page.get_by_label("Login").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", name="Preferences", level=1)).to_be_visible()

    def test_signing_out_ends_the_session(self, signed_in_page, context):
        page = signed_in_page()

        page.get_by_role("button", name=re.compile("Administrator")).click()
        page.get_by_role("button", name="Sign out").click()

        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    def test_a_lost_session_leads_to_the_sign_in_page_and_back(self, signed_in_page, context):
        page = signed_in_page(address="/keys/")
        context.clear_cookies()

        page.get_by_role("link", name="Create access key").first.click()

        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert page.url.endswith("?next=%2Fkeys%2F")


class TestPreferences:
    def test_the_theme_button_is_remembered(self, signed_in_page):
        page = signed_in_page(user__username="mei")

        with page.expect_response("**/account/preferences/"):
            page.get_by_role("button", name="Switch theme").click()
        page.reload()

        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        assert Member.objects.get().theme == "dark"

    def test_the_blur_button_is_remembered(self, signed_in_page):
        page = signed_in_page()
        button = page.get_by_role("button", name="Blur images")

        with page.expect_response("**/account/preferences/"):
            button.click()
        page.reload()

        expect(page.locator("html")).to_have_attribute("data-blur", "off")
        expect(button).to_have_attribute("aria-pressed", "false")

    def test_a_choice_on_the_page_is_kept_at_once(self, signed_in_page):
        page = signed_in_page(address="/account/preferences/")

        with page.expect_response("**/account/preferences/"):
            page.get_by_role("radio", name="Blurred and gray").check()

        expect(page.locator("html")).to_have_attribute("data-blur", "grayscale")
        assert Member.objects.get().blur == "grayscale"

    def test_a_preference_that_cannot_be_kept_goes_back(self, signed_in_page, page_errors):
        page = signed_in_page()
        page.route("**/account/preferences/", lambda route: route.abort())

        page.get_by_role("button", name="Switch theme").click()

        expect(page.get_by_role("status")).to_contain_text("The server cannot be reached")
        expect(page.locator("html")).to_have_attribute("data-theme", "system")
        page_errors.expect("net::ERR_FAILED")
        page_errors.expect("htmx:sendError")

    def test_the_pages_speak_chinese(self, signed_in_page):
        page = signed_in_page(address="/account/preferences/")

        page.get_by_role("main").get_by_role("button", name="简体中文").click()

        expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
        page.get_by_role("main").get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Preferences", level=1)).to_be_visible()


class TestKeyboard:
    def test_the_palette_jumps_to_a_page(self, signed_in_page):
        page = signed_in_page()

        page.keyboard.press("Control+k")
        expect(page.get_by_role("combobox", name="Search or jump to")).to_be_focused()
        page.keyboard.type("prefer")
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", name="Preferences", level=1)).to_be_visible()

    def test_the_palette_says_when_nothing_matches(self, signed_in_page):
        page = signed_in_page()

        page.get_by_role("button", name="Search or jump to").click()
        page.keyboard.type("zzz")

        expect(page.get_by_text("No page has that name.")).to_be_visible()

    def test_g_and_a_letter_open_a_page(self, signed_in_page):
        page = signed_in_page(address="/account/preferences/")

        page.keyboard.press("g")
        page.keyboard.press("o")

        expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()

    def test_a_question_mark_lists_the_shortcuts(self, signed_in_page):
        page = signed_in_page()

        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
        page.keyboard.press("Escape")

        expect(page.get_by_role("dialog")).to_have_count(0)

    def test_single_keys_rest_when_they_are_switched_off(self, signed_in_page):
        page = signed_in_page(single_key_shortcuts=False)

        page.keyboard.press("?")
        page.keyboard.press("Control+k")

        expect(page.get_by_role("dialog", name="Search or jump to")).to_be_visible()
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()

    def test_single_keys_do_not_fire_in_fields(self, signed_in_page):
        page = signed_in_page(address="/keys/create/")

        page.get_by_label("Name").press("?")

        expect(page.get_by_role("dialog")).to_have_count(0)

    def test_the_skip_link_leads_to_the_content(self, signed_in_page):
        page = signed_in_page()

        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        page.keyboard.press("Enter")

        expect(page.get_by_role("main")).to_be_focused()


class TestSidebar:
    def test_on_a_phone_it_opens_over_the_page(self, signed_in_page):
        page = signed_in_page()
        page.set_viewport_size({"width": 390, "height": 844})
        navigation = page.get_by_role("navigation", name="Main")
        expect(navigation).to_be_hidden()

        page.get_by_role("button", name="Open navigation").click()

        expect(navigation.get_by_role("link", name="Access keys")).to_be_visible()

    def test_it_hides_what_the_role_may_not_use(self, signed_in_page):
        page = signed_in_page(Role.VIEWER)

        navigation = page.get_by_role("navigation", name="Main")

        expect(navigation.get_by_role("link", name="Detection results")).to_be_visible()
        expect(navigation.get_by_role("link", name="Online test")).to_have_count(0)
        expect(navigation.get_by_role("link", name="Access keys")).to_have_count(0)


class TestMenus:
    def test_a_menu_opens_at_its_button_at_both_widths(self, signed_in_page, account):
        library = ImageLibraryFactory.create(account=account)
        page = signed_in_page(address=f"/libraries/images/{library.pk}/")
        button = page.get_by_role("button", name="More actions")
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})

            button.click()

            entry = page.get_by_role("link", name="Export hashes")
            expect(entry).to_be_visible()
            assert _is_just_below(button, page.locator(".menu", has=entry))
            expect(entry).to_be_in_viewport(ratio=1)
            page.keyboard.press("Escape")
            expect(entry).to_be_hidden()

    def test_the_menu_at_the_foot_opens_upwards(self, signed_in_page):
        page = signed_in_page()

        page.get_by_role("button", name="Administrator").click()

        sign_out = page.get_by_role("button", name="Sign out")
        expect(sign_out).to_be_in_viewport(ratio=1)
        assert _is_just_below(
            page.locator(".menu", has=sign_out), page.get_by_role("button", name="Administrator")
        )


def _is_just_below(upper: Locator, lower: Locator) -> bool:
    """Say whether one element ends where the other begins, and one is over the other."""
    above, below = upper.bounding_box(), lower.bounding_box()
    assert above
    assert below
    gap = below["y"] - (above["y"] + above["height"])
    is_over = above["x"] < below["x"] + below["width"] and below["x"] < above["x"] + above["width"]
    return is_over and 0 <= gap <= MENU_GAP_PX
