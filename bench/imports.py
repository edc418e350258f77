"""Pictures a second of an import, against nothing but decoding the same pictures (B13)."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import combinations, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
from PIL import Image

from tests.pictures import PHOTOS, jpeg, photo
from tests.web_server import ROOT

if TYPE_CHECKING:
    from libraries.models import ImageLibrary
    from moderation.fingerprint import Fingerprint
    from moderation.image import LoadedImage

PICTURES = 48
ROUNDS = 7
THREADS = 2
SIZE = (1920, 1080)
EIGHTH = (SIZE[0] // 8, SIZE[1] // 8)
LIMIT, HASHES, STORED, WHOLE = (
    "decoding to an eighth, alone",
    "decoding as moderation does, and the hashes",
    "import without the network",
    "import",
)
GOALS = {HASHES: 0.75, STORED: 0.35}


def main() -> None:
    """Print how many pictures a second each part of an import leaves."""
    contents = list(islice(_photographs(), PICTURES))
    with _installation():
        import django

        django.setup()
        rates, cpu_ms = _measured(contents)
    print(f"B13 pictures a second, {THREADS} threads, {PICTURES} JPEGs of {SIZE[0]} x {SIZE[1]}:")
    for name, of_way in rates.items():
        print(f"    {name}: {statistics.median(of_way):.1f}, ", end="")
        print(f"{statistics.median(cpu_ms[name]):.1f} ms of processor time a picture")
    for name in (HASHES, STORED, WHOLE):
        pairs = zip(rates[name], rates[LIMIT], strict=True)
        ratio = statistics.median(rate / limit for rate, limit in pairs)
        goal = f" (goal at least {GOALS[name]})" if name in GOALS else " (no goal was set)"
        print(f"B13 {name}: {ratio:.2f} x decoding to an eighth{goal}")


def _photographs() -> Iterator[bytes]:
    """Yield mixtures of two photographs each, which no two are the same picture."""
    for first, second in combinations(PHOTOS, 2):
        yield jpeg(Image.blend(photo(first, SIZE), photo(second, SIZE), 0.4))


@contextmanager
def _installation() -> Iterator[None]:
    """Make a database and a store of their own."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "console.settings"
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    models = Path(os.environ.get("MODEL_DIR") or ROOT / "var" / "models")
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name:
        os.environ["DATA_DIR"] = name
        (Path(name) / "models").symlink_to(models)
        yield


def _measured(contents: Sequence[bytes]) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return pictures a second and milliseconds of processor time a picture, round by round."""
    from libraries import engine

    library, content = _library(), _zip(contents)
    engine.registry()
    ways: dict[str, Callable[[], object]] = {
        LIMIT: lambda: _in_threads(_decode, contents),
        HASHES: lambda: _in_threads(_hash, contents),
        STORED: lambda: _import(library, content, _fingerprint_without_network),
        WHOLE: lambda: _import(library, content, engine.fingerprint_in_background),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    cpu_ms: dict[str, list[float]] = {name: [] for name in ways}
    for round_number in range(ROUNDS + 1):
        for name, way in ways.items():
            duration_s, cpu_s = _duration_s(way)
            library.images.all().delete()
            if round_number:  # in the first nothing is measured, everything is warmed
                rates[name].append(len(contents) / duration_s)
                cpu_ms[name].append(cpu_s / len(contents) * 1000)
    return rates, cpu_ms


def _duration_s(way: Callable[[], object]) -> tuple[float, float]:
    started, started_cpu = time.perf_counter(), time.process_time()
    way()
    return time.perf_counter() - started, time.process_time() - started_cpu


def _in_threads(work: Callable[[bytes], object], contents: Sequence[bytes]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, contents))


def _decode(content: bytes) -> object:
    """Do what no import can do without: find the coefficients of a picture."""
    import simplejpeg

    return simplejpeg.decode_jpeg(
        content, "GRAY", fastdct=True, min_width=EIGHTH[0], min_height=EIGHTH[1]
    )


def _hash(content: bytes) -> object:
    from libraries.samples import SAMPLE_LIMITS
    from moderation.image import load_image

    return _fingerprint_without_network(load_image(content, SAMPLE_LIMITS))


class _NoNetworks:
    """Stands for the networks; what it says of a picture costs nothing."""

    @property
    def efficientnet(self) -> _NoNetworks:
        return self

    def run(self, _: object) -> Any:
        from moderation.fingerprint import EMBEDDING_SIZE
        from moderation.inference.efficientnet import ObjectScores

        return ObjectScores(np.zeros(1_000, np.float32), np.zeros(EMBEDDING_SIZE, np.float32))


def _fingerprint_without_network(image: LoadedImage) -> Fingerprint:
    from moderation.context import ImageContext
    from moderation.fingerprint import fingerprint_of

    return fingerprint_of(ImageContext(image, _NoNetworks()))  # type: ignore[arg-type]


def _library() -> ImageLibrary:
    from django.core.management import call_command

    from console.models import Account, Member, User
    from libraries.models import ImageLibrary

    call_command("migrate", verbosity=0)
    account = Account.objects.create(name="Bench")
    Member.objects.create(account=account, user=User.objects.create_user("bench"), role="moderator")
    return ImageLibrary.objects.create(account=account, name="Bench")


def _zip(contents: Sequence[bytes]) -> bytes:
    import zipfile

    from tests.libraries.imports import zip_of

    files = [(f"{number}.jpg", content) for number, content in enumerate(contents)]
    return zip_of(*files, method=zipfile.ZIP_STORED)


def _import(library: ImageLibrary, content: bytes, fingerprint: Callable[..., object]) -> None:
    """Import the ZIP as the worker does, from the upload's last part to the report."""
    from libraries import import_sources, import_work, tasks
    from libraries.models import ImportJob
    from libraries.services.imports import import_content
    from tests.libraries.imports import finish

    author = library.account.members.get()
    with (
        patch.object(tasks, "enqueue_imports"),  # there is no queue here
        patch.object(import_sources, "fingerprint_in_background", fingerprint),
        patch.object(import_work, "_THREADS", THREADS),
        patch.object(import_work, "_give_way", lambda: None),  # the limit gives way to nobody
    ):
        job = import_content(
            library=library, author=author, kind=ImportJob.Kind.ZIP, name="", content=content
        )
        if finish(job).added_count != PICTURES:
            raise RuntimeError(f"{job.added_count} of {PICTURES} were imported")


if __name__ == "__main__":
    main()
