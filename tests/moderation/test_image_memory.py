"""What the largest pictures cost in memory, measured in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvips

from tests import pictures

ROOT = Path(__file__).parents[2]
MEGABYTE = 1 << 20
ZOOM = 24  # from 640 x 427 to 15,360 x 15,799, 243 million pixels
SCRIPT = """
import json, re, sys
from pathlib import Path
from moderation import image

def peak_mb(process_id):
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) // 1024

before = peak_mb("self")
sizes = []
for path in sys.argv[1:]:
    loaded = image.load_image(Path(path).read_bytes(), image.ImageLimits())
    sizes.append([loaded.format, loaded.width, loaded.height, *loaded.pixels.shape])
children = [child._process.pid for child in image._decoders._all if child._process]
print(json.dumps([sizes, peak_mb("self") - before, [peak_mb(child) for child in children]]))
"""


@pytest.fixture(scope="module")
def huge_files(tmp_path_factory) -> list[Path]:
    """Write a photo of 243 million pixels as baseline and progressive JPEG and as PNG."""
    folder = tmp_path_factory.mktemp("huge")
    photo = np.asarray(pictures.photo("rocket"))
    huge = pyvips.Image.new_from_array(photo).copy(interpretation="srgb").zoom(ZOOM, ZOOM + 13)
    huge.jpegsave(str(folder / "baseline.jpg"), Q=20)
    huge.jpegsave(str(folder / "progressive.jpg"), Q=20, interlace=True)
    huge.pngsave(str(folder / "picture.png"), compression=3, filter="up")
    return sorted(folder.iterdir())


def test_250_megapixels_stay_below_a_gigabyte(huge_files):
    assert all(path.stat().st_size < 20 * MEGABYTE for path in huge_files)

    measured = subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, huge_files)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    sizes, growth_mb, decoder_peaks_mb = json.loads(measured.stdout)

    assert sizes == [[kind, 15_360, 15_799, 1975, 1920, 3] for kind in ("JPEG", "PNG", "JPEG")]
    assert growth_mb < 200  # of the process that moderates, which holds the models
    assert len(decoder_peaks_mb) == 1
    assert max(decoder_peaks_mb) < 1000
