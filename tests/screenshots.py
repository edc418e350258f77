"""Write every page in both themes and widths to screenshots/: python -m tests.screenshots."""

import os
import sys
from pathlib import Path

import pytest

FOLDER = Path("screenshots")

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    os.environ["SCREENSHOT_DIR"] = str(FOLDER)
    sys.exit(pytest.main(["tests/browser/test_pages.py", "-q", "-p", "no:randomly", *sys.argv[1:]]))
