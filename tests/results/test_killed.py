"""A process killed in the middle of retention leaves no picture without its result."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from results.ids import first_id_of
from tests.real_workers import Scene, wait_for
from tests.web_server import ROOT

RESULTS = 6_000  # of three days, of which one is kept
DAY = timedelta(days=1)
GIVE_PICTURES = """
from console.files import write_file
from results.models import DetectionResult

results = list(DetectionResult.objects.only("request_id"))
for result in results:
    write_file(result.thumbnail, f"{result.request_id}/thumbnail.webp", b"picture")
    write_file(result.preview, f"{result.request_id}/preview.jpg", b"picture")
DetectionResult.objects.bulk_update(results, ["thumbnail", "preview"], batch_size=200)
"""


@pytest.fixture
def scene(tmp_path):
    scene = Scene(tmp_path)
    scene.environment["RESULT_LIFETIME_DAYS"] = "1"
    scene.run("manage.py", "migrate", "--verbosity", "0")
    scene.run("manage.py", "create_account", "Example")
    scene.run("manage.py", "make_results", "--count", str(RESULTS), "--days", "3", "--json")
    scene.run("manage.py", "shell", "--verbosity", "0", "-c", GIVE_PICTURES)
    return scene


def request_ids(scene, condition="1 = 1"):
    query = f"SELECT request_id FROM results_detectionresult WHERE {condition} ORDER BY id"
    return [request_id for (request_id,) in scene.ask(query)]


def pictures(scene):
    """Return the names of the pictures that there are for each request."""
    folders = (scene.folder / "media" / "results").iterdir()
    return {folder.name: {file.name for file in folder.iterdir()} for folder in folders}


def of_kept(first_kept):
    return f"id >= {first_id_of(first_kept)}"


@pytest.mark.slow
def test_killed_retention_is_gone_on_with(scene):
    started = datetime.now(UTC)
    oldest = request_ids(scene)
    command = [sys.executable, "manage.py", "purge_results"]

    for place in (0, 700, 1400):  # a batch takes some hundred
        preview = scene.folder / "media" / "results" / oldest[place] / "preview.jpg"
        with subprocess.Popen(command, cwd=ROOT, env=scene.environment) as process:
            wait_for(lambda preview=preview: not preview.exists())
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        left = {name for name, files in pictures(scene).items() if files}
        assert left <= set(request_ids(scene))
        assert set(request_ids(scene, of_kept(datetime.now(UTC) - DAY))) <= left

    scene.run("manage.py", "purge_results")

    stored = request_ids(scene)
    assert stored == request_ids(scene, of_kept(started - DAY))
    assert len(stored) > RESULTS / 3 - 100
    assert pictures(scene) == {name: {"thumbnail.webp", "preview.jpg"} for name in stored}
    labels = scene.ask("SELECT DISTINCT result_id FROM results_resultlabel ORDER BY 1")
    assert labels == scene.ask("SELECT id FROM results_detectionresult ORDER BY 1")
    assert scene.ask("SELECT count(*) FROM results_uncountedresult") == [(RESULTS,)]
