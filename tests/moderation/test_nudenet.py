"""NudeNet: reading the network's output, and the network itself where it is installed."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from moderation.config import EngineConfig
from moderation.detection import Box
from moderation.detectors.registry import Registry, load_registry
from moderation.detectors.self_test import check, draw_body
from moderation.inference import nudenet
from moderation.inference.nudenet import PARTS, NudeNet, NudeNetMissing, body_parts_of
from tests import pictures

installed = pytest.mark.skipif(find_spec("nudenet") is None, reason="nudenet is not installed")


def row(part, score, centre, size):
    scores = [0.0] * len(PARTS)
    scores[PARTS.index(part)] = score
    return [*centre, *size, *scores]


class TestBodyPartsOf:
    def test_turns_network_pixels_into_working_pixels(self):
        rows = np.array([row("BELLY_EXPOSED", 0.8, (100, 50), (40, 20))], np.float32)

        (part,) = body_parts_of(rows, scale=0.5, shape=(640, 640, 3))

        assert (part.name, part.box) == ("BELLY_EXPOSED", Box(160, 80, 80, 40))
        assert part.score == pytest.approx(0.8)

    def test_of_two_boxes_on_one_place_the_surer_stays_unless_they_are_different_parts(self):
        rows = np.array(
            [
                row("BELLY_EXPOSED", 0.5, (100, 100), (40, 40)),
                row("BELLY_EXPOSED", 0.9, (101, 101), (40, 40)),
                row("ARMPITS_EXPOSED", 0.4, (100, 100), (40, 40)),
            ],
            np.float32,
        )

        parts = body_parts_of(rows, scale=1, shape=(320, 320, 3))

        assert [(part.name, round(part.score, 1)) for part in parts] == [
            ("BELLY_EXPOSED", 0.9),
            ("ARMPITS_EXPOSED", 0.4),
        ]

    def test_boxes_end_at_the_edge_and_weak_ones_are_dropped(self):
        rows = np.array(
            [
                row("FEET_EXPOSED", 0.6, (5, 5), (40, 40)),
                row("FEET_EXPOSED", 0.19, (200, 200), (40, 40)),
            ],
            np.float32,
        )

        (part,) = body_parts_of(rows, scale=1, shape=(320, 320, 3))

        assert part.box == Box(0, 0, 25, 25)

    def test_no_row_is_no_part(self):
        nothing = np.zeros((0, 4 + len(PARTS)), np.float32)

        assert body_parts_of(nothing, scale=1, shape=(320, 320, 3)) == ()


class TestNudeNetMissing:
    def test_says_how_to_install_it(self, monkeypatch):
        monkeypatch.setattr(nudenet, "MODEL_PACKAGE", "package_that_is_not_installed")

        with pytest.raises(NudeNetMissing, match="pip install --no-deps"):
            NudeNet()


@pytest.fixture(scope="module")
def network():
    return NudeNet()


@installed
class TestNudeNet:
    def test_sees_the_parts_of_a_drawn_figure_where_they_are(self, network):
        parts = network.run(draw_body())

        breasts = [part.box for part in parts if part.name == "FEMALE_BREAST_EXPOSED"]
        assert len(breasts) == 2
        for box, x in zip(sorted(breasts, key=lambda box: box.x), (170, 310), strict=True):
            assert (box.x + box.w / 2, box.y + box.h / 2) == pytest.approx((x, 295), abs=30)

    def test_sees_nothing_exposed_in_a_portrait(self, network, seen):
        parts = network.run(seen(pictures.photo_file("astronaut")).rgb)

        assert not [part.name for part in parts if "BREAST_EXPOSED" in part.name]

    def test_the_registry_uses_it_and_its_self_test_passes(self, model_dir):
        registry = load_registry(EngineConfig(model_dir, nudenet=True))

        (nudity,) = [one for one in check(registry) if one.name == "nudity"]

        assert nudity.passed, nudity.detail
        assert "NudeNet sees" in nudity.detail
        assert "sexual_feet" in nudity.labels


@pytest.mark.skipif(find_spec("nudenet") is not None, reason="nudenet is installed")
def test_switched_on_without_the_package_fails_at_loading_and_not_before(model_dir):
    registry = Registry(EngineConfig(model_dir, nudenet=True))

    assert registry.coverage_of("sexual_feet")
    with pytest.raises(NudeNetMissing):
        _ = registry.networks
