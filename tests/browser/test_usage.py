"""Usage statistics in the browser: charts, filters, and the workbook."""

from __future__ import annotations

import re

import openpyxl
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from console.roles import Role
from tests.browser.usage import LABELS, add_usage
from tests.factories import DetectionResultFactory


@pytest.fixture
def usage_page(account, signed_in_page):
    add_usage(account)
    page = signed_in_page(Role.VIEWER, "/usage/")
    expect(page.locator("#treemap")).to_have_attribute("data-drawn", "yes")
    return page


class TestCharts:
    def test_the_columns_and_the_table_have_the_same_days(self, usage_page):
        expect(usage_page.locator("#columns .bars path")).to_have_count(60)  # two for each day

        usage_page.locator("#columns-table").get_by_text("Show as table").click()

        rows = usage_page.locator("#columns-table tbody tr")
        expect(rows).to_have_count(30)
        expect(rows.last.get_by_role("rowheader")).to_have_text(timezone.localdate().isoformat())

    def test_the_treemap_and_its_table_have_the_same_labels(self, usage_page):
        usage_page.locator("#treemap-table").get_by_text("Show as table").click()

        rows = usage_page.locator("#treemap-table tbody tr")
        expect(rows).to_have_count(len(LABELS))
        expect(rows.first).to_contain_text(LABELS[0])

    def test_a_label_in_the_treemap_leads_to_its_results(self, usage_page):
        largest = usage_page.locator("#treemap .slice").filter(has_text=LABELS[0].partition("_")[2])
        largest.first.click()

        expect(usage_page).to_have_url(re.compile(rf"/results/\?.*label={LABELS[0]}"))

    def test_labels_of_one_prefix_have_one_color(self, usage_page):
        def color(label):
            tile = usage_page.locator("#treemap .slice").filter(has_text=label).first
            return tile.locator("path.surface").evaluate("path => getComputedStyle(path).fill")

        assert color("horrific") == color("gun_lib")
        assert color("horrific") != color("smoking")

    def test_the_charts_follow_the_theme(self, usage_page):
        surface = usage_page.locator("#treemap .slice").last.locator("path.surface")
        light = surface.evaluate("path => getComputedStyle(path).fill")

        usage_page.get_by_role("button", name="Switch theme").click()

        expect(surface).not_to_have_css("fill", light)

    def test_without_plotly_the_tables_are_open(self, account, signed_in_page, page, page_errors):
        add_usage(account)
        page.route("**/plotly*.js", lambda route: route.abort())

        signed_in_page(Role.VIEWER, "/usage/")

        expect(page.get_by_text("The chart could not be drawn.").first).to_be_visible()
        expect(page.locator("#columns-table tbody tr").first).to_be_visible()
        expect(page.locator("#treemap-table tbody tr")).to_have_count(len(LABELS))
        page_errors.expect("ERR_FAILED")


class TestServices:
    def test_labels_of_a_service_come_when_it_is_unfolded(self, usage_page):
        services = usage_page.get_by_role("region", name="Label hits of each service")
        expect(services.get_by_role("link")).to_have_count(len(LABELS))

        services.get_by_text("tonalityImprove").click()

        link = services.get_by_role("link", name=LABELS[0]).last
        expect(services.get_by_role("link")).to_have_count(2 * len(LABELS))
        expect(link).to_have_attribute("href", re.compile("service=tonalityImprove"))


class TestUsageAndExport:
    def test_months_of_one_service_are_shown_and_exported(self, usage_page, account, tmp_path):
        usage_page.get_by_role("link", name="By month").click()
        expect(usage_page).to_have_url(re.compile("by=month"))
        usage_page.get_by_label("Service", exact=True).select_option("")
        usage_page.get_by_role("link", name="Last 3 months").click()
        expect(usage_page).to_have_url(re.compile("period=3m"))
        usage_page.reload()
        expect(usage_page.locator("#columns")).to_have_attribute("data-drawn", "yes")

        with usage_page.expect_download() as download:
            usage_page.get_by_role("link", name="Export as Excel").click()

        file = tmp_path / "usage.xlsx"
        download.value.save_as(file)
        header, *rows = openpyxl.load_workbook(file).active.iter_rows(values_only=True)
        assert header == ("Account UID", "Service", "Usage", "Date")
        assert {row[0] for row in rows} == {account.uid}
        assert len({row[3] for row in rows}) in {2, 3}  # 65 days lie in so many months
        shown = usage_page.locator("#columns-table tbody tr td:last-child")
        calls = [int(text.replace(",", "")) for text in shown.all_text_contents()]
        assert sum(row[2] for row in rows) == sum(calls)

    def test_a_call_is_counted_at_once(self, account, signed_in_page):
        DetectionResultFactory(account=account)
        page = signed_in_page(Role.VIEWER, "/usage/?period=1d")
        totals = page.get_by_label("Totals")
        expect(totals).to_contain_text(re.compile(r"Calls\s*1[^0-9]"))

        DetectionResultFactory(account=account)
        page.reload()

        expect(totals).to_contain_text(re.compile(r"Calls\s*2[^0-9]"))

    def test_too_many_days_are_refused_with_a_way_out(self, usage_page):
        usage_page.get_by_label("From").fill("2026-01-01")
        usage_page.get_by_label("To", exact=True).fill("2026-06-30")
        usage_page.get_by_label("To", exact=True).press("Enter")

        expect(usage_page.get_by_role("alert")).to_contain_text("at most two months")
        usage_page.get_by_role("link", name="Last 7 days").click()
        expect(usage_page.get_by_role("alert")).to_have_count(0)
