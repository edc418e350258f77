"""The Chinese pages: nothing is missing, and nothing is lost in translation."""

import re
from dataclasses import replace
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import floatformat
from django.utils import translation
from django.utils.formats import localize

from console.translations import compile_messages
from libraries.engine_config import engine_config
from moderation.catalogue import load_catalogue
from moderation.detectors.registry import Registry
from tests.factories import ServiceFactory

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
IN_TEMPLATES = re.compile(r"""\{% translate (?:"([^"]+)"|'([^']+)')""")
IN_PYTHON = re.compile(r"""\b(?:_|gettext|gettext_lazy)\(\s*"((?:[^"\\]|\\.)+)"\s*\)""")
APPS = ("console", "libraries", "rules", "results", "stats", "onlinetest", "openapi")


def entries() -> list[polib.POEntry]:
    files = [
        file for folder in settings.LOCALE_PATHS for file in Path(folder).glob("*/*/django.po")
    ]
    assert len(files) == 2
    return [entry for file in files for entry in polib.pofile(str(file))]


def texts_of_templates() -> set[str]:
    folder = settings.BASE_DIR / "templates"
    return {
        double or single
        for file in folder.rglob("*.html")
        for double, single in IN_TEMPLATES.findall(file.read_text())
    }


def texts_of_python() -> set[str]:
    return {
        text
        for app in APPS
        for file in (settings.BASE_DIR / app).rglob("*.py")
        if "migrations" not in file.parts
        for text in IN_PYTHON.findall(file.read_text())
    }


def texts_of_the_engine() -> set[str]:
    catalogue = load_catalogue()
    names = {label.name for label in catalogue.labels.values()}
    tabs = {kind.tab for kind in catalogue.detection_types.values()}
    services = {
        text for service in catalogue.services.values() for text in (service.name, service.note)
    }
    return (names | tabs | services | texts_of_the_detectors() | steps_of_the_engine()) - {""}


def steps_of_the_engine() -> set[str]:
    source = (settings.BASE_DIR / "moderation" / "moderator.py").read_text()
    steps = set(re.findall(r'_step\("([^"]+)"\)', source))
    assert {"load", "judge"} <= steps
    return steps


def texts_of_the_detectors() -> set[str]:
    detectors = [
        detector
        for nudenet in (False, True)
        for detector in Registry(replace(engine_config(), nudenet=nudenet)).detectors
    ]
    covered = [coverage for detector in detectors for coverage in detector.coverage]
    return {
        *(detector.name for detector in detectors),
        *(coverage.note for coverage in covered),
        *(coverage.measured for coverage in covered),
    }


class TestChinese:
    def test_every_text_is_translated(self):
        untranslated = [
            entry.msgid
            for entry in entries()
            if entry.fuzzy or not (entry.msgstr or all(entry.msgstr_plural.values()))
        ]

        assert untranslated == []

    @pytest.mark.parametrize(
        "texts",
        [texts_of_templates, texts_of_python, texts_of_the_engine],
        ids=lambda f: f.__name__,
    )
    def test_no_text_is_missing(self, texts):
        known = {entry.msgid for entry in entries()}

        assert sorted(texts() - known) == []

    def test_the_placeholders_are_kept(self):
        for entry in entries():
            for text in [entry.msgstr, *entry.msgstr_plural.values()]:
                wanted = entry.msgid_plural or entry.msgid
                if text:
                    assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(wanted))

    def test_a_page_is_chinese_throughout(self, member_client, account):
        ServiceFactory(account=account)
        client = member_client()
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"

        page = client.get("/rules/coverage/").content.decode()

        assert '<html lang="zh-hans"' in page
        for text in ("检测能力", "色情内容检测", "露骨色情内容", "仅自定义库或大模型"):
            assert text in page


class TestNumbers:
    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_large_ones_have_a_separator_in_both_languages(self, language):
        with translation.override(language):
            assert intcomma(1234567) == "1,234,567"
            assert floatformat(16632.25, "1g") == "16,632.3"
            assert localize(4096) == "4096"


class TestCompileMessages:
    def test_only_what_has_changed_is_compiled(self, settings, tmp_path):
        folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "django.po").write_text('msgid ""\nmsgstr ""\n\nmsgid "Yes"\nmsgstr "是"\n')
        settings.LOCALE_PATHS = [tmp_path]

        assert compile_messages() == [folder / "django.mo"]
        assert compile_messages() == []
        assert list(folder.glob("*.mo")) == [folder / "django.mo"]

    def test_django_uses_what_was_compiled(self):
        with translation.override("zh-hans"):
            assert translation.gettext("Online test") == "在线测试"
