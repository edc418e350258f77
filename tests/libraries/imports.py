"""ZIPs and imports for tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable

import numpy as np
from PIL import Image

from libraries import import_work
from libraries.models import ImportJob
from tests.pictures import jpeg

Content = tuple[str | zipfile.ZipInfo, bytes]


def zip_of(*files: Content, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP of files, each a pair of name and content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def picture(seed: int, side_px: int = 64) -> bytes:
    """Draw a JPEG of large random blocks; each seed gives another picture."""
    blocks = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    image = Image.fromarray(blocks).resize((side_px, side_px), Image.Resampling.BICUBIC)
    return jpeg(image)


def pictures_zip(seeds: Iterable[int], side_px: int = 64) -> bytes:
    """Return a ZIP of drawn pictures named by their seeds."""
    files = ((f"{seed:04}.jpg", picture(seed, side_px)) for seed in seeds)
    return zip_of(*files, method=zipfile.ZIP_STORED)


def hash_of(seed: int) -> str:
    """Return a PDQ hash as random as hashes of different pictures are."""
    return np.random.default_rng(seed).bytes(32).hex()


def finish(job: ImportJob) -> ImportJob:
    """Do what the workers would do until nothing is left; return the job as it is then."""
    while import_work.run_slice(job.pk) is not import_work.Next.NOTHING:
        pass
    job.refresh_from_db()
    return job


def start_hashes(start: Callable[..., ImportJob], *seeds: int) -> ImportJob:
    """Start an import of hashes by the fixture of that name."""
    return start(ImportJob.Kind.HASHES, "\n".join(map(hash_of, seeds)).encode())
