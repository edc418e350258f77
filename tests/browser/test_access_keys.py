"""The life of an access key, by mouse and keyboard."""

import re

from playwright.sync_api import expect

from console.models import AccessKey
from tests.factories import AccessKeyFactory


class TestAccessKeys:
    def test_a_key_is_created_in_a_dialog_that_shows_its_secret_once(self, signed_in_page):
        page = signed_in_page(address="/keys/")

        page.get_by_role("link", name="Create access key").first.click()
        dialog = page.get_by_role("dialog", name="Create access key")
        expect(dialog.get_by_label("Name")).to_be_focused()
        dialog.get_by_label("Name").fill("Upload service")
        dialog.get_by_label("Calls per second").fill("25")
        dialog.get_by_role("button", name="Create").click()

        created = page.get_by_role("dialog", name="Access key created")
        expect(created).to_be_visible()
        key = AccessKey.objects.get()
        expect(created).to_contain_text(key.key_id)
        expect(created).to_contain_text(key.secret)
        created.get_by_role("link", name="Done").click()
        expect(page.get_by_role("row", name=re.compile("Upload service"))).to_contain_text("25")
        assert key.secret not in page.content()

    def test_the_key_file_can_be_downloaded(self, signed_in_page):
        page = signed_in_page(address="/keys/create/")
        page.get_by_label("Name").fill("Upload service")
        page.get_by_role("button", name="Create").click()

        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()

        content = download.value.path().read_text()
        assert f"ACCESS_KEY_SECRET={AccessKey.objects.get().secret}\n" in content

    def test_a_missing_name_is_said_beside_the_field(self, signed_in_page, page_errors):
        page = signed_in_page(address="/keys/")
        page.get_by_role("link", name="Create access key").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill(" ")

        dialog.get_by_role("button", name="Create").click()

        expect(dialog.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
        page_errors.expect("422")

    def test_a_key_is_switched_off_and_on(self, signed_in_page, account):
        key = AccessKeyFactory(account=account, name="Upload service")
        page = signed_in_page(address="/keys/")
        switch = page.get_by_role("switch", name="Enable Upload service")

        with page.expect_response(re.compile("/switch/")):
            switch.click()

        expect(switch).not_to_be_checked()
        key.refresh_from_db()
        assert not key.enabled

    def test_a_switch_that_is_not_kept_goes_back(self, signed_in_page, account, page_errors):
        AccessKeyFactory(account=account, name="Upload service")
        page = signed_in_page(address="/keys/")
        page.route("**/switch/", lambda route: route.abort())
        switch = page.get_by_role("switch", name="Enable Upload service")

        switch.click()

        expect(page.get_by_text("The server cannot be reached")).to_be_visible()
        expect(switch).to_be_checked()
        expect(switch).to_be_enabled()
        page_errors.expect("net::ERR_FAILED")
        page_errors.expect("htmx:sendError")

    def test_deleting_asks_for_the_id(self, signed_in_page, account, page_errors):
        key = AccessKeyFactory(account=account, name="Upload service")
        page = signed_in_page(address="/keys/")
        page.get_by_role("link", name="Delete Upload service").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Access key ID").fill("something else")
        dialog.get_by_role("button", name="Delete key").click()
        expect(dialog).to_contain_text("This is not the ID of the key.")
        page_errors.expect("422")

        dialog.get_by_label("Access key ID").fill(key.key_id)
        dialog.get_by_role("button", name="Delete key").click()

        expect(page.get_by_role("status")).to_contain_text(
            "Access key “Upload service” was deleted."
        )
        expect(page.get_by_role("heading", name="No access key yet")).to_be_visible()
        assert not AccessKey.objects.exists()
