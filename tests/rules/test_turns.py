"""Heavy work is done by one process of a machine after the other, but nobody waits forever."""

import subprocess
import sys

from django.conf import settings

from rules import turns
from rules.turns import own_turn

HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def held_by_another_process():
    path = settings.DATA_DIR / "policies.lock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    return process


class TestOwnTurn:
    def test_it_waits_for_another_process(self, monkeypatch):
        holder = held_by_another_process()
        waits = []

        def end_the_other(seconds):
            waits.append(seconds)
            if holder.poll() is None:
                holder.communicate()

        monkeypatch.setattr(turns.time, "sleep", end_the_other)

        with own_turn():
            assert waits
            assert holder.poll() == 0

    def test_it_goes_on_when_the_other_hangs(self, monkeypatch):
        holder = held_by_another_process()
        monkeypatch.setattr(turns, "_PATIENCE_S", 0.1)

        with own_turn():
            assert holder.poll() is None

        holder.communicate()

    def test_turns_follow_each_other(self):
        for _ in range(2):
            with own_turn():
                pass
