"""The object network: conversion, cache, and what it sees."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from moderation.inference import efficientnet
from moderation.inference.efficientnet import load_graph
from tests import pictures

CATS = [281, 282, 283, 284, 285]
ESPRESSO = 967
MISSILE, PROJECTILE = 657, 744


@pytest.fixture(scope="session")
def graph_file(registry, model_dir):
    """Return the cached network; the registry has made it."""
    assert registry.networks
    return next(model_dir.glob(f"{efficientnet.CACHE_PREFIX}*.onnx"))


class TestLoadGraph:
    def test_makes_the_file_once_and_takes_it_from_the_cache_then(self, tmp_path, monkeypatch):
        made = load_graph(tmp_path / "new")
        monkeypatch.setattr(efficientnet, "WEIGHTS_PACKAGE", "not_installed")

        assert load_graph(tmp_path / "new") == made
        assert [path.suffix for path in (tmp_path / "new").iterdir()] == [".onnx"]

    def test_makes_a_damaged_file_again(self, tmp_path, graph_file):
        damaged = tmp_path / graph_file.name
        shutil.copy(graph_file, damaged)
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"\0")

        assert load_graph(tmp_path) == graph_file.read_bytes()
        assert damaged.read_bytes() == graph_file.read_bytes()


class TestEfficientNet:
    @pytest.mark.parametrize(
        ("photo", "classes"),
        [("cat", CATS), ("coffee", [ESPRESSO]), ("rocket", [MISSILE, PROJECTILE])],
    )
    def test_names_what_a_photo_shows(self, seen, photo, classes):
        probabilities = seen(pictures.photo_file(photo)).objects.probabilities

        assert int(probabilities.argmax()) in classes
        assert probabilities.sum() == pytest.approx(1, abs=1e-4)

    def test_the_embedding_of_a_smaller_copy_is_alike_and_of_another_photo_is_not(self, seen):
        photo = seen(pictures.photo_file("temple")).objects.embedding
        small = pictures.jpeg(pictures.photo("temple", (320, 214)))
        copy = seen(small).objects.embedding
        other = seen(pictures.photo_file("coffee")).objects.embedding

        assert photo.shape == (1280,)
        assert cosine(photo, copy) > 0.9
        assert cosine(photo, other) < 0.5

    def test_threads_that_share_it_get_the_answers_of_one(self, seen, registry):
        photos = [seen(pictures.photo_file(name)).rgb for name in ("cat", "coffee", "rocket")] * 3
        alone = [registry.networks.efficientnet.run(rgb).embedding for rgb in photos]

        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(registry.networks.efficientnet.run, photos))

        for one, other in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one, other.embedding)

    def test_takes_a_single_pixel(self, registry):
        assert registry.networks.efficientnet.run(np.zeros((1, 1, 3), np.uint8))


def cosine(one, other):
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
