"""A process that judges by what is published, without the networks.

Run as "python -m tests.rules.follower <seconds>" with DATA_DIR set: after so many seconds it looks
by itself. It ends when its input is closed. On a busy machine no process counts as gone because
it is slow.
"""

from __future__ import annotations

import sys
from datetime import timedelta

import django


def main(poll_s: float) -> None:
    from console import following, models
    from console.models import ModeratingProcess
    from rules.live import policies

    following.POLL_S = poll_s
    models.PROCESS_GONE_AFTER = timedelta(hours=1)
    policies.load_all()
    following.follow(ModeratingProcess.Kind.WEB)
    sys.stdin.read()


if __name__ == "__main__":
    django.setup()
    main(float(sys.argv[1]))
