"""The whole pipeline against the bare calls of its models, and pictures a second (B11)."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import zxingcpp

from moderation.catalogue import load_catalogue
from moderation.config import EngineConfig
from moderation.decoding.limits import ImageLimits
from moderation.detectors.codes import FORMATS
from moderation.detectors.registry import load_registry
from moderation.image import LoadedImage, load_image
from moderation.inference.networks import Networks
from moderation.keywords import KeywordIndex
from moderation.library_index import LibraryIndex
from moderation.moderator import Moderator
from moderation.ruleset import LabelPolicy, Ruleset
from tests.pictures import PHOTOS, jpeg, photo
from tests.web_server import ROOT

Calls = Sequence[Callable[[], object]]
ROUNDS = 7
SERVICE = "baselineCheck"
SIZE = (1920, 1080)
MODELS_AT_ONCE = 2  # the limit: two loops, one thread inside each inference
CLIENTS = (1, 2, 4)


def main() -> None:
    """Print how much the pipeline takes beside its models, and how it scales."""
    models = Path(os.environ.get("MODEL_DIR") or ROOT / "var" / "models")
    registry = load_registry(EngineConfig(models))
    moderator = Moderator(registry)
    contents = [jpeg(photo(name, SIZE)) for name in PHOTOS]
    images = [load_image(content, ImageLimits()) for content in contents]
    moderate = partial(
        moderator.moderate,
        ruleset=_ruleset(),
        images=LibraryIndex.empty(),
        keywords=KeywordIndex.empty(),
    )
    whole: Calls = [partial(moderate, content) for content in contents]
    bare: Calls = [partial(_run_models, registry.networks, image) for image in images]
    for call in (*whole, *bare):
        call()  # so that nothing is measured for the first time
    _print_overhead(whole, bare)
    _print_throughput(whole, bare)


def _ruleset() -> Ruleset:
    policies = tuple(
        LabelPolicy(label.code, enabled=label.default_on)
        for label in load_catalogue().labels_of(SERVICE)
    )
    return Ruleset(SERVICE, 1, policies)


def _run_models(networks: Networks, image: LoadedImage) -> None:
    """Run every model that the pipeline runs, and nothing else."""
    networks.open_nsfw.score(image.pixels)
    networks.efficientnet.run(image.pixels)
    networks.ocr.read(image)
    gray = cv2.cvtColor(image.pixels, cv2.COLOR_RGB2GRAY)
    zxingcpp.read_barcodes(gray, formats=FORMATS)


def _print_overhead(whole: Calls, bare: Calls) -> None:
    ratios, whole_ms, bare_ms = [], [], []
    for _ in range(ROUNDS):
        for pipeline, models in zip(whole, bare, strict=True):
            bare_ms.append(_duration_ms(models))
            whole_ms.append(_duration_ms(pipeline))
            ratios.append(whole_ms[-1] / bare_ms[-1])
    print(f"pipeline: {statistics.median(ratios):.3f} x its bare models (goal at most 1.10)")
    print(f"    {len(whole)} photographs of {SIZE[0]} x {SIZE[1]} as JPEG, service {SERVICE}")
    print(f"    median {statistics.median(whole_ms):.0f} ms, of the models alone ", end="")
    print(f"{statistics.median(bare_ms):.0f} ms; one thread")


def _duration_ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def _print_throughput(whole: Calls, bare: Calls) -> None:
    rates: dict[int, list[float]] = {clients: [] for clients in CLIENTS}
    limits: list[float] = []
    for _ in range(ROUNDS):
        limits.append(_images_per_s(bare, MODELS_AT_ONCE))
        for clients in CLIENTS:
            rates[clients].append(_images_per_s(whole, clients))
    most = CLIENTS[-1]
    ratios = [rate / limit for rate, limit in zip(rates[most], limits, strict=True)]
    print(
        f"B11 pipeline with {most} at once: {statistics.median(ratios):.3f} x the images a second "
        f"of {MODELS_AT_ONCE} loops over the bare models (goal at least 0.85)"
    )
    print(f"    images a second, bare models: {statistics.median(limits):.2f}")
    for clients, of_clients in rates.items():
        print(f"    images a second, {clients} at once: {statistics.median(of_clients):.2f}")


def _images_per_s(calls: Calls, threads: int) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(call) for call in calls]:
            future.result()
    return len(calls) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
