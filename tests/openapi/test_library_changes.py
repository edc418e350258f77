"""Two real web processes judge pictures while their library is made, bound and deleted."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from tests.openapi.installation import FreshInstallation, fresh_installation
from tests.openapi.library_scene import LABEL, SERVICE
from tests.openapi.picture_server import picture_server
from tests.openapi.test_official_client import Installation
from tests.own_database import ask
from tests.real_workers import wait_for
from tests.web_server import ROOT, web_server

pytestmark = pytest.mark.slow
PROCESSES = 2
HIT, NO_HIT = f"{LABEL}_lib", "nonLabel"


class Scene:
    """An installation whose web processes follow, and its libraries."""

    def __init__(self, made: FreshInstallation, api: Installation, picture: str) -> None:
        self._made = made
        self._api = api
        self._picture = picture

    def change(self, what: str) -> None:
        """Make or delete the library, and wait until every process has heard of it."""
        command = [sys.executable, "-m", "tests.openapi.library_scene", what]
        subprocess.run(command, cwd=ROOT, env=os.environ | self._made.environment, check=True)
        wait_for(self.is_live)

    def is_live(self) -> bool:
        query = "SELECT live_at, process_count FROM console_publication ORDER BY number DESC"
        live_at, count = ask(self._made.environment, query)[0]
        return live_at is not None and count == PROCESSES

    def moderate(self) -> str:
        """Return the one label that the cat's picture gets."""
        values = {"imageUrl": self._picture, "infoType": "customImage"}
        answer = self._api.moderate(values, service=SERVICE)
        assert answer["Code"] == 200, answer
        (label,) = answer["Data"]["Result"]
        matches = answer["Data"].get("Ext", {}).get("CustomImage", [])
        assert bool(matches) == (label["Label"] == HIT)
        assert all(match["ImageId"] for match in matches)
        return str(label["Label"])


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    application = "console.wsgi:serving_application"
    with (
        fresh_installation(tmp_path, Path(settings.MODEL_DIR)) as made,
        web_server(
            application, environment=made.environment, workers=PROCESSES, factory=True
        ) as server,
        picture_server() as (address, _),
    ):
        yield Scene(made, Installation(server.port, server.pid, made.keys), f"{address}/cat.jpg")


def test_a_library_that_is_deleted_while_it_is_matched_breaks_no_call(scene: Scene) -> None:
    assert scene.moderate() == NO_HIT
    scene.change("link")
    assert [scene.moderate() for _ in range(4)] == [HIT] * 4
    labels: list[str] = []
    stopping = threading.Event()

    def judge() -> None:
        """Judge until the change is live everywhere, and once more from then on."""
        is_last = False
        while not is_last:
            is_last = stopping.is_set()
            labels.append(scene.moderate())

    with ThreadPoolExecutor(2) as pool:
        judges = [pool.submit(judge) for _ in range(2)]
        try:
            scene.change("delete")
        finally:
            stopping.set()
        for one in judges:
            one.result()

    assert set(labels) == {HIT, NO_HIT}
    assert [scene.moderate() for _ in range(4)] == [NO_HIT] * 4
