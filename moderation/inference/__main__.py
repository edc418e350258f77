"""Converts the networks at set-up: python -m moderation.inference FOLDER."""

import sys
from pathlib import Path

from moderation.inference.efficientnet import load_graph

if __name__ == "__main__":
    load_graph(Path(sys.argv[1]))
