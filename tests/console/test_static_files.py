"""The one file of Plotly that the console serves, and how static files are compressed."""

from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders

from console.static_files import CompressedStaticFilesStorage, PlotlyFinder

PLOTLY = "vendor/plotly/plotly.min.js"


class TestPlotlyFinder:
    def test_the_script_is_found(self):
        found = finders.find(PLOTLY)

        assert "plotly.js v" in Path(found).read_text()[:200]
        assert finders.find(PLOTLY, find_all=True) == [found]

    @pytest.mark.parametrize("name", ["widgetbundle.js", "../__init__.py"])
    def test_nothing_else_of_the_package_is(self, name):
        assert finders.find(f"vendor/plotly/{name}") is None
        assert [path for path, _ in PlotlyFinder().list(None)] == ["plotly.min.js"]

    def test_there_is_nothing_to_complain_of(self):
        assert PlotlyFinder().check() == []


@pytest.mark.parametrize("size", [100_000, 2_000_000])
def test_files_of_any_size_are_compressed(size, tmp_path):
    content = b"a line that repeats\n" * (size // 20)
    file = tmp_path / "some.js"
    file.write_bytes(content)
    storage = CompressedStaticFilesStorage(location=tmp_path, base_url="/static/")

    storage.create_compressor(quiet=True).compress(str(file))

    assert brotli.decompress((tmp_path / "some.js.br").read_bytes()) == content
