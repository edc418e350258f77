"""The budgets of what every page loads."""

from pathlib import Path

from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "static"


def size(pattern: str) -> int:
    return sum(file.stat().st_size for file in FOLDER.glob(pattern))


class TestBudgets:
    def test_the_style_sheet_stays_small(self):
        assert 0 < size("*.css") <= 45 * 1024

    def test_the_scripts_stay_small(self):
        assert 0 < size("*.js") <= 20 * 1024

    def test_no_script_imports_another(self):
        """Hashed names would break an import of our own; pages name each module they need."""
        for file in FOLDER.glob("*.js"):
            assert "import " not in file.read_text(), file.name
