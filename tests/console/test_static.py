"""The budgets of what a page loads, found by reading the templates."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
MAX_STYLE_BYTES = 45 * 1024
MAX_SCRIPT_BYTES = 20 * 1024
MAX_LINES = 500
LOADED = re.compile(r"""\{% static ["']([\w-]+\.(?:css|js))["'] %\}""")
EXTENDED = re.compile(r"""\{% extends (?:["']([\w/.-]+)["']|\w+) %\}""")
INCLUDED = re.compile(r"""\{% include ["']([\w/.-]+)["']""")
COMPONENT = re.compile(r"<c-([\w-]+)")


def needed(name: str) -> Iterator[str]:
    """Yield the templates that a template takes in; one named by a variable may be the shell."""
    source = (TEMPLATES / name).read_text()
    for match in EXTENDED.finditer(source):
        yield match.group(1) or "base.html"
    yield from INCLUDED.findall(source)
    yield from (f"cotton/{found.replace('-', '_')}.html" for found in COMPONENT.findall(source))


def loaded(name: str) -> set[str]:
    """Return the static files that the page of a template loads."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        template = waiting.pop()
        if template not in seen and (TEMPLATES / template).exists():
            seen.add(template)
            waiting += needed(template)
    return {file for one in seen for file in LOADED.findall((TEMPLATES / one).read_text())}


def pages() -> list[str]:
    """Return the templates that extend another, which are those that a view renders whole."""
    names = (path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
    return sorted(name for name in names if EXTENDED.search((TEMPLATES / name).read_text()))


def own(suffix: str) -> list[Path]:
    return sorted(STATIC.glob(f"*{suffix}"))


def weight(name: str, suffix: str) -> int:
    return sum((STATIC / file).stat().st_size for file in loaded(name) if file.endswith(suffix))


class TestBudgets:
    @pytest.mark.parametrize("page", pages())
    def test_a_page_loads_little_style(self, page):
        assert 0 < weight(page, ".css") <= MAX_STYLE_BYTES, sorted(loaded(page))

    @pytest.mark.parametrize("page", pages())
    def test_a_page_loads_little_script(self, page):
        assert 0 < weight(page, ".js") <= MAX_SCRIPT_BYTES, sorted(loaded(page))

    @pytest.mark.parametrize("file", own(".css") + own(".js"), ids=lambda file: file.name)
    def test_a_file_stays_short(self, file):
        assert 0 < len(file.read_text().splitlines()) <= MAX_LINES

    @pytest.mark.parametrize("file", own(".css") + own(".js"), ids=lambda file: file.name)
    def test_a_file_is_loaded_by_some_page(self, file):
        assert any(file.name in loaded(page) for page in pages())

    @pytest.mark.parametrize("file", own(".js"), ids=lambda file: file.name)
    def test_no_script_imports_another(self, file):
        """Hashed names would break an import of our own; pages name each module they need."""
        assert not re.search(r"^\s*(import|export)\b|\bimport\(", file.read_text(), re.MULTILINE)

    @pytest.mark.parametrize("page", pages())
    def test_what_a_page_loads_exists(self, page):
        assert [file for file in loaded(page) if not (STATIC / file).exists()] == []
