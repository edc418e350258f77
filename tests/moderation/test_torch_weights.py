"""Reading PyTorch weights without running what is in them."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import struct
import sys
from collections import OrderedDict
from importlib.resources import files
from types import ModuleType

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


class Storage:
    """Stands for a storage of PyTorch; its numbers follow the pickles in the file."""

    def __init__(self, key, kind, numbers):
        self.key, self.kind, self.numbers = key, kind, numbers


class WeightsPickler(pickle.Pickler):
    def persistent_id(self, obj):
        if isinstance(obj, Storage):
            return ("storage", obj.kind, obj.key, "cpu", obj.numbers.size, None)
        return None


def weights_file(tensors, storages):
    """Write a file as PyTorch did before 1.6."""
    file = io.BytesIO()
    for part in (119547037146038801333356, 1001, {}, tensors, [one.key for one in storages]):
        WeightsPickler(file, 2).dump(part)
    for storage in storages:
        file.write(struct.pack("<q", storage.numbers.size) + storage.numbers.tobytes())
    return file.getvalue()


@pytest.fixture
def torch(monkeypatch):
    """Pretend that the few names of PyTorch that a weights file needs can be imported."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")
    for module, name in (
        (torch, "FloatStorage"),
        (utils, "_rebuild_tensor_v2"),
        (utils, "_rebuild_parameter"),
    ):
        global_name = type(name, (), {"__module__": module.__name__})
        setattr(module, name, global_name)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return torch


class Rebuilt:
    """An object that is pickled as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class TestReadWeights:
    def test_reads_views_and_parameters(self, torch):
        utils = sys.modules["torch._utils"]
        storage = Storage("0", torch.FloatStorage, np.arange(12, dtype="<f4"))
        turned = Rebuilt(utils._rebuild_tensor_v2, storage, 2, (3, 2), (1, 4), False, {})
        parameter = Rebuilt(utils._rebuild_parameter, turned, True, {})
        content = weights_file(OrderedDict(view=turned, parameter=parameter), [storage])

        weights = read_weights(content, sha256=sha256(content))

        expected = [[2, 6], [3, 7], [4, 8]]
        np.testing.assert_array_equal(weights["view"], expected)
        np.testing.assert_array_equal(weights["parameter"], expected)

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
