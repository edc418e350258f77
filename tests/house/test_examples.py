"""The programs under examples/ against a console as "make run" starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests import pictures
from tests.house.running import RunningConsole, started_console
from tests.openapi.picture_server import picture_server
from tests.web_server import ROOT

pytestmark = pytest.mark.slow
EXAMPLES = ROOT / "examples"
PATIENCE_S = 120


@pytest.fixture(scope="module")
def console() -> Iterator[RunningConsole]:
    with started_console(FETCH_ALLOWED_NETWORKS="127.0.0.0/8") as console:
        yield console


@pytest.fixture(scope="module")
def environment(console: RunningConsole) -> Mapping[str, str]:
    """What the programs are told of the console."""
    key = json.loads(console.manage("create_access_key", "--json"))
    return os.environ | {
        "ASSAY_ENDPOINT": f"127.0.0.1:{console.port}",
        "ASSAY_ACCESS_KEY_ID": key["id"],
        "ASSAY_ACCESS_KEY_SECRET": key["secret"],
    }


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph of a rocket, in which an object is found."""
    path = tmp_path_factory.mktemp("pictures") / "rocket.jpg"
    path.write_bytes(pictures.rocket())
    return path


@pytest.fixture(scope="module")
def picture_url() -> Iterator[str]:
    with picture_server() as (url, _):
        yield f"{url}/rocket.jpg"


@pytest.fixture
def run(environment: Mapping[str, str], tmp_path: Path):
    """Run a program in an empty folder and return what it prints."""

    def run(name: str, *words: str) -> str:
        done = _ended(name, *words, folder=tmp_path, environment=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def _ended(
    name: str, *words: str, folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


class TestRefusal:
    @pytest.mark.parametrize(
        ("name", "words", "reason"),
        [
            ("moderate_url.py", [], "moderate_url.py URL"),
            ("moderate_with_callback.py", ["a", "b"], "moderate_with_callback.py URL"),
            ("moderate_file.py", ["no.jpg"], "There is no file no.jpg."),
            ("moderate_url.py", ["http://127.0.0.1:9/no.jpg"], "404: "),
        ],
    )
    def test_a_program_says_why_it_cannot(self, environment, tmp_path, name, words, reason):
        done = _ended(name, *words, folder=tmp_path, environment=environment)

        assert done.returncode == 1
        assert reason in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""

    def test_a_callback_may_say_that_there_is_no_verdict(self, run):
        printed = run("moderate_with_callback.py", "http://127.0.0.1:9/no.jpg")

        assert "called back: code 404, " in printed


class TestModeration:
    def test_a_picture_by_its_address(self, run, picture_url):
        assert "violent_armedForces" in run("moderate_url.py", picture_url)

    def test_a_picture_that_is_uploaded(self, run, picture):
        assert "violent_armedForces" in run("moderate_file.py", str(picture))

    def test_a_picture_that_is_asked_for_later(self, run, picture_url):
        assert "violent_armedForces" in run("moderate_later.py", picture_url)

    def test_a_picture_whose_result_is_called_back(self, run, picture_url):
        assert "called back: code 200" in run("moderate_with_callback.py", picture_url)


class TestPolicy:
    def test_the_life_of_an_image_library(self, run, picture):
        printed = run("image_library.py", str(picture))

        assert "contraband_drug_lib 100" in printed
        assert "nonLabel_lib 100" in printed
        assert "0 images left" in printed

    def test_the_life_of_a_vocabulary(self, run):
        printed = run("vocabulary.py")

        assert "2 added, refused ['a@b']" in printed
        assert "1 added, 1 there already" in printed
        assert "found ['free trial']" in printed
        assert "2 words exported: ['限时优惠', 'last chance']" in printed

    def test_the_life_of_a_rule(self, run):
        printed = run("rules.py")

        assert "'MediumScore': 55" in printed
        assert "put back" in printed


class TestMonitoring:
    def test_results_and_feedback(self, run, picture_url, tmp_path):
        run("moderate_url.py", picture_url)

        printed = run("results_and_feedback.py")

        assert "baselineCheck_global" in printed
        assert "reported as a false positive" in printed
        assert load_workbook(tmp_path / "results.xlsx").active.max_row > 1

    def test_usage(self, run, picture_url, tmp_path):
        run("moderate_url.py", picture_url)

        printed = run("usage.py")

        assert "baselineCheck_global: " in printed
        header = next(load_workbook(tmp_path / "usage.xlsx").active.iter_rows(values_only=True))
        assert header == ("Account UID", "Service", "Usage", "Date")
