"""A real worker that is killed in the middle of imports: nothing is lost, nothing there twice."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.libraries.imports import hash_of, pictures_zip
from tests.real_workers import Scene, own_scene, wait_for

PICTURES = 300
HASHES = 2_000
TOTAL = PICTURES + HASHES


@pytest.fixture
def scene() -> Iterator[Scene]:
    with own_scene() as scene:
        yield scene


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A ZIP of pictures and a list of hashes."""
    pictures, hashes = tmp_path / "pictures.zip", tmp_path / "hashes.csv"
    pictures.write_bytes(pictures_zip(range(PICTURES)))
    hashes.write_text("\n".join(map(hash_of, range(HASHES))))
    return [str(pictures), str(hashes)]


def added_to(scene: Scene, name: str, timeout_s: float = 20) -> int:
    query = f"SELECT added_count FROM libraries_importjob WHERE name = '{name}'"
    return int(str(scene.ask(query, timeout_s)[0][0]))


def published_image_ids(scene: Scene) -> list[object]:
    rows = scene.ask("SELECT details FROM console_publication WHERE topic = 'images'")
    documents = [
        json.loads(row) if isinstance(row, str) else row for (row,) in rows
    ]  # as SQLite has it
    return [image_id for document in documents for image_id in document["image_ids"]]


def count(scene: Scene, table: str, condition: str = "true") -> int:
    return int(str(scene.ask(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0]))


def is_in_the_middle(scene: Scene, worker: subprocess.Popen[bytes]) -> bool:
    """Stop the worker; let it go on unless both imports have begun and neither has ended."""
    worker.send_signal(signal.SIGSTOP)
    with suppress(sqlite3.OperationalError):  # it keeps the database at this moment
        pictures = added_to(scene, "pictures.zip", timeout_s=0.1)
        hashes = added_to(scene, "hashes.csv", timeout_s=0.1)
        claimed = scene.ask("SELECT 1 FROM libraries_importjob WHERE claimed_by != ''", 0.1)
        if pictures and hashes and claimed:
            return True
    worker.send_signal(signal.SIGCONT)
    return False


@pytest.mark.slow
def test_every_row_ends_once_although_the_worker_is_killed(scene: Scene, files: list[str]) -> None:
    with scene.valkey():
        scene.run("-m", "tests.libraries.import_scene", *files)
        with scene.worker() as killed:
            wait_for(lambda: is_in_the_middle(scene, killed))
            killed.kill()
        added = count(scene, "libraries_importrow", "state = 'added'")
        assert 0 < added < TOTAL
        assert count(scene, "libraries_libraryimage") == added

        with scene.worker():
            wait_for(lambda: count(scene, "libraries_importjob", "state = 'done'") == 2)

    assert count(scene, "libraries_importrow") == TOTAL
    assert count(scene, "libraries_importrow", "state = 'added'") == TOTAL
    assert count(scene, "libraries_libraryimage") == TOTAL
    rows = scene.ask("SELECT image_id FROM libraries_importrow")
    images = scene.ask("SELECT id FROM libraries_libraryimage")
    assert set(rows) == set(images)
    assert len(set(rows)) == TOTAL
    assert Counter(published_image_ids(scene)) == Counter(image for (image,) in images)
    assert list((scene.folder / "media" / "imports").iterdir()) == []
