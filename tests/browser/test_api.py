"""The page about the API: choosing an example, copying it, sending a call."""

import re

from playwright.sync_api import expect

from rules.services import install_catalogue
from tests.factories import AccessKeyFactory


class TestExamples:
    def test_language_and_kind_are_chosen_and_stand_in_the_address(self, signed_in_page, account):
        install_catalogue(account=account)
        page = signed_in_page(address="/api/")
        languages = page.get_by_role("navigation", name="Language")
        kinds = page.get_by_role("navigation", name="What is called")

        languages.get_by_role("link", name="Go").click()
        expect(languages.get_by_role("link", name="Go")).to_have_attribute("aria-current", "true")
        kinds.get_by_role("link", name="A local file").click()

        expect(page.get_by_label("Program", exact=True)).to_contain_text("PutObjectFromFile")
        expect(page).to_have_url(re.compile("language=go&kind=upload"))
        page.reload()
        expect(page.get_by_label("Program", exact=True)).to_contain_text("PutObjectFromFile")


class TestExplorer:
    def test_a_call_is_sent_and_its_answer_shown(self, signed_in_page, account):
        install_catalogue(account=account)
        AccessKeyFactory(account=account, name="Upload service")
        page = signed_in_page(address="/api/")
        explorer = page.get_by_role("region", name="Request explorer")

        explorer.get_by_label("Action").select_option("DescribeImageModerationResult")
        expect(explorer.get_by_label("Parameters")).to_have_value('{\n  "ReqId": ""\n}')
        explorer.get_by_label("Parameters").fill('{"ReqId": "unknown"}')
        explorer.get_by_role("button", name="Send").click()

        expect(explorer.get_by_role("status")).to_contain_text("HTTP 200")
        expect(explorer.get_by_role("status")).to_contain_text('"Code": 409')
        explorer.get_by_text("Request as sent").click()
        expect(explorer.get_by_text("x-acs-action: DescribeImageModerationResult")).to_be_visible()

    def test_what_is_no_json_is_said_beside_the_field(self, signed_in_page, account, page_errors):
        install_catalogue(account=account)
        AccessKeyFactory(account=account)
        page = signed_in_page(address="/api/")
        explorer = page.get_by_role("region", name="Request explorer")

        explorer.get_by_label("Parameters").fill("{")
        explorer.get_by_role("button", name="Send").click()

        expect(explorer.get_by_label("Parameters")).to_have_attribute("aria-invalid", "true")
        expect(explorer).to_contain_text("This is not JSON")
        page_errors.expect("422")
