"""A process killed in the middle of a roll-up loses nothing and counts nothing twice."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.real_workers import Scene, wait_for
from tests.web_server import ROOT

RESULTS = 60_000  # dozens of batches


@pytest.fixture
def scene(tmp_path):
    scene = Scene(tmp_path)
    scene.run("manage.py", "migrate", "--verbosity", "0")
    scene.run("manage.py", "create_account", "Example")
    scene.run("manage.py", "make_results", "--count", str(RESULTS), "--days", "3", "--json")
    return scene


def number(scene, query):
    return scene.ask(query, timeout_s=30)[0][0] or 0


def counted(scene, table="stats_dailyusage"):
    return number(scene, f"SELECT sum(calls) FROM {table} WHERE label = ''")


def waiting(scene):
    return number(scene, "SELECT count(*) FROM results_uncountedresult")


@pytest.mark.slow
def test_a_killed_roll_up_is_gone_on_with(scene):
    assert (counted(scene), waiting(scene)) == (0, RESULTS)
    command = [sys.executable, "manage.py", "roll_up_usage"]

    for _ in range(3):
        before = waiting(scene)
        with subprocess.Popen(command, cwd=ROOT, env=scene.environment) as process:
            wait_for(lambda before=before: waiting(scene) < before)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert counted(scene) + waiting(scene) == RESULTS

    scene.run("manage.py", "roll_up_usage")

    assert waiting(scene) == 0
    assert counted(scene) == counted(scene, "stats_monthlyusage") == RESULTS
    risks = "SELECT sum(high + medium + low) FROM stats_dailyusage WHERE label = ''"
    direct = "SELECT count(*) FROM results_detectionresult WHERE risk_level != 'none'"
    assert number(scene, risks) == number(scene, direct)
    labels = "SELECT sum(calls) FROM stats_dailyusage WHERE label != ''"
    assert number(scene, labels) == number(scene, "SELECT count(*) FROM results_resultlabel")
