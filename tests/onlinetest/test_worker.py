"""A real worker that is killed in the middle of a run: nothing is lost, nothing counted twice."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest

from tests import pictures
from tests.real_workers import Scene, own_scene, wait_for

PICTURES = 20


def states_of(scene: Scene, timeout_s: float = 20) -> list[object]:
    rows = scene.ask("SELECT state FROM onlinetest_testitem", timeout_s)
    return [state for (state,) in rows]


def is_in_the_middle(scene: Scene, worker: subprocess.Popen[bytes]) -> bool:
    """Stop the worker; let it go on unless some images are done and some are being looked at.

    It may be stopped while it keeps everybody from the database; it goes on then, too.
    """
    worker.send_signal(signal.SIGSTOP)
    with suppress(sqlite3.OperationalError):
        states = states_of(scene, timeout_s=0.1)
        if states.count("done") >= 3 and "running" in states:
            return True
    worker.send_signal(signal.SIGCONT)
    return False


@pytest.fixture
def scene() -> Iterator[Scene]:
    with own_scene() as scene:
        yield scene


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty different pictures."""
    for number, name in enumerate(islice(pictures.PHOTOS * 2, PICTURES)):
        upright = pictures.photo(name)
        picture = upright if number < len(pictures.PHOTOS) else upright.rotate(90, expand=True)
        (tmp_path / f"{number:02}-{name}.jpg").write_bytes(pictures.jpeg(picture))
    return tmp_path


@pytest.mark.slow
def test_every_image_ends_once_although_the_worker_is_killed(scene: Scene, folder: Path) -> None:
    with scene.valkey():
        scene.run("-m", "tests.onlinetest.worker_scene", str(folder))
        with scene.worker() as killed:
            wait_for(lambda: is_in_the_middle(scene, killed))
            killed.kill()
        done = states_of(scene).count("done")
        assert 0 < done < PICTURES
        assert states_of(scene).count("running") > 0

        with scene.worker():
            wait_for(lambda: states_of(scene).count("done") == PICTURES)

    results = scene.ask("SELECT request_id FROM results_detectionresult")
    items = scene.ask("SELECT request_id FROM onlinetest_testitem WHERE result_id IS NOT NULL")
    assert len(results) == len(items) == PICTURES
    assert set(results) == set(items)
    assert scene.ask("SELECT max(attempts) FROM onlinetest_testitem") == [(2,)]
