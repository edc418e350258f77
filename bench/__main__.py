"""Runs all measurements, each in a process of its own, then prints what they found in a table."""

from __future__ import annotations

import subprocess
import sys

from tests.web_server import ROOT

MEASUREMENTS = (
    "pipeline",
    "http",
    "signed_call",
    "actions",
    "moderating_actions",
    "memory",
    "start",
    "imports",
    "publication",
    "hashing",
    "matching",
    "recall",
    "keywords",
    "results_search",
    "results_ingest",
    "results_export",
    "usage_statistics",
)


def main() -> int:
    """Run them; the lines that do not start with a blank make up the table."""
    figures: list[str] = []
    failed: list[str] = []
    for name in MEASUREMENTS:
        print(f"--- bench.{name}", flush=True)
        run = subprocess.Popen(
            [sys.executable, "-m", f"bench.{name}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for line in run.stdout or ():
            print(line, end="", flush=True)
            if not line.startswith(" "):
                figures.append(line.rstrip())
        if run.wait():
            failed.append(name)
    print("\n--- all figures")
    print("\n".join(figures))
    for name in failed:
        print(f"bench.{name} FAILED; its lines above say why")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
