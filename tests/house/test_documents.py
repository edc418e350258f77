"""Documents that must agree with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alibabacloud_green20220302.client import Client
from alibabacloud_green20220302.models import (
    ImageModerationResponse,
    ImageModerationResponseBody,
)

from moderation.catalogue import load_catalogue
from rules.coverage_document import with_coverage

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_says_what_the_detectors_say() -> None:
    readme = read("README.md")

    assert readme == with_coverage(readme), "run: make readme"


def test_the_readme_names_every_label_once() -> None:
    coverage = read("README.md").partition("<!-- coverage")[2]
    coverage = re.sub(r"What was measured:\n\n(- .*\n)+", "", coverage)  # names them again
    named = re.findall(r"`([^`\n]+)`", coverage)

    labels = sorted(name for name in named if name in load_catalogue().labels)
    assert labels == sorted(load_catalogue().labels)


class TestFirstProgram:
    """The README's first program, with answers in place of a server's."""

    def run(self, monkeypatch: pytest.MonkeyPatch, **body: object) -> None:
        answer = ImageModerationResponse(body=ImageModerationResponseBody().from_map(body))
        monkeypatch.setattr(Client, "image_moderation", lambda *_: answer)
        program = read("README.md").partition("```python\n")[2].partition("```")[0]
        exec(compile(program, "README.md", "exec"), {})

    def test_it_prints_the_verdict(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        data = {"RiskLevel": "high", "Result": [{"Label": "contraband_drug"}]}
        self.run(monkeypatch, Code=200, Data=data)

        assert capsys.readouterr().out == "high ['contraband_drug']\n"

    def test_it_says_why_there_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(SystemExit, match="404: It cannot be fetched"):
            self.run(monkeypatch, Code=404, Msg="It cannot be fetched.")


def test_a_document_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the mark"):
        with_coverage("# Assay")


def test_every_setting_of_the_environment_is_in_the_example() -> None:
    read_by_settings = set(
        re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', read("console/settings.py"))
    )
    in_example = set(re.findall(r"^([A-Z_]+)=", read(".env.example"), re.MULTILINE))

    assert in_example == read_by_settings


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_explained(name: str) -> None:
    lines = [line for line in read(name).splitlines() if line and not line.startswith(("#", "-r"))]

    assert lines
    assert [line for line in lines if not re.match(r"\S+==[\w.]+ +# \w", line)] == []


@pytest.mark.parametrize("target", ["run", "test", "lint", "format", "bench", "screenshots"])
def test_make_has_the_target(target: str) -> None:
    assert re.search(rf"^{target}:", read("Makefile"), re.MULTILINE)
