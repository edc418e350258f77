"""Reading PyTorch weights without running what is in them."""

from __future__ import annotations

import hashlib
import os
import pickle
from importlib.resources import files

import numpy as np
import pytest

from moderation.inference.efficientnet import WEIGHTS_FILE, WEIGHTS_PACKAGE, WEIGHTS_SHA256
from moderation.inference.torch_weights import WeightsRefused, read_weights


class MakesAFolder:
    """A pickle that would run a command if it were read without care."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class TestReadWeights:
    def test_reads_the_installed_weights(self):
        content = (files(WEIGHTS_PACKAGE) / WEIGHTS_FILE).read_bytes()

        weights = read_weights(content, sha256=WEIGHTS_SHA256)

        assert weights["_fc.weight"].shape == (1000, 1280)
        assert weights["_conv_stem.weight"].shape == (32, 3, 3, 3)
        assert all(np.isfinite(numbers).all() for numbers in weights.values())

    def test_refuses_a_file_that_was_changed_by_one_byte(self):
        content = bytearray((files(WEIGHTS_PACKAGE) / WEIGHTS_FILE).read_bytes())
        content[-1] ^= 1

        with pytest.raises(WeightsRefused, match="pinned"):
            read_weights(bytes(content), sha256=WEIGHTS_SHA256)

    def test_runs_nothing_that_the_file_names(self, tmp_path):
        folder = tmp_path / "made"
        content = pickle.dumps(MakesAFolder(folder))

        with pytest.raises(WeightsRefused, match="mkdir is not allowed"):
            read_weights(content, sha256=sha256(content))
        assert not folder.exists()

    @pytest.mark.parametrize(
        "name", ["builtins eval", "torch._utils _rebuild_tensor", "torch load"]
    )
    def test_refuses_names_near_the_allowed_ones(self, name):
        module, attribute = name.split()
        content = f"c{module}\n{attribute}\n.".encode()

        with pytest.raises(WeightsRefused, match="is not allowed"):
            read_weights(content, sha256=sha256(content))
