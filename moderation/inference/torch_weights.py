"""Reads a PyTorch weights file without PyTorch, and without running anything in it."""

from __future__ import annotations

import collections
import hashlib
import io
import pickle
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER_PICKLES = 3  # magic number, protocol, system

Weights = Mapping[str, NDArray[Any]]


class WeightsRefused(Exception):
    """The file is not the one that was pinned, or asks for more than weights need."""


@dataclass(frozen=True, slots=True)
class _Storage:
    """One block of numbers in the file, named by a key."""

    key: str
    dtype: np.dtype[Any]


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A view of a storage; offset, shape and strides are counted in elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def read(self, blocks: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Copy the numbers out of the blocks."""
        numbers = blocks[self.storage.key][self.offset :]
        strides = [stride * numbers.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(numbers, self.shape, strides).copy()


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


def _rebuild_parameter(tensor: _Tensor, *_: object) -> _Tensor:
    return tensor


_ALLOWED: Mapping[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}


class _WeightsUnpickler(pickle.Unpickler):
    """Knows the five names that weights need and refuses all others."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """Return the stand-in for an allowed name."""
        try:
            return _ALLOWED[module_name, global_name]
        except KeyError:
            raise WeightsRefused(f"{module_name}.{global_name} is not allowed") from None

    def persistent_load(self, pid: Any) -> _Storage:
        """Return the storage that a tensor refers to: (kind, dtype, key, device, size, view)."""
        return _Storage(pid[2], pid[1])


def read_weights(content: bytes, *, sha256: str) -> Weights:
    """Read a weights file of the format before PyTorch 1.6.

    sha256: hex digest that the content must have; checked before a byte of it is interpreted.

    Raises WeightsRefused if the digest differs or the file names anything but weights.
    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsRefused("the weights file is not the one that was pinned")
    file = io.BytesIO(content)
    load: Callable[[], Any] = lambda: _WeightsUnpickler(file).load()  # noqa: E731 - five uses
    for _ in range(HEADER_PICKLES):
        load()
    tensors: dict[str, _Tensor] = load()
    dtypes = {tensor.storage.key: tensor.storage.dtype for tensor in tensors.values()}
    blocks = {key: _read_block(file, dtypes[key]) for key in load()}
    return {name: tensor.read(blocks) for name, tensor in tensors.items()}


def _read_block(file: io.BytesIO, dtype: np.dtype[Any]) -> NDArray[Any]:
    (count,) = struct.unpack("<q", file.read(8))
    return np.frombuffer(file.read(count * dtype.itemsize), dtype)
