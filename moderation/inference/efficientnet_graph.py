"""Writes EfficientNet-Lite2 as an ONNX graph, from its PyTorch weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from moderation.inference.torch_weights import Weights

SIDE_PX = 260
CLASSES = 1000
FEATURES = 1280
OPSET = 17
IR_VERSION = 9
BATCH_NORM_EPSILON = 1e-3


@dataclass(frozen=True, slots=True)
class _Stage:
    """Blocks that follow each other; the stride holds for the first of them."""

    blocks: int
    kernel: int
    stride: int


# EfficientNet-B0's stages, the inner ones deepened by 1.2 and rounded up.
_STAGES = (
    _Stage(1, 3, 1),
    _Stage(3, 3, 2),
    _Stage(3, 5, 2),
    _Stage(4, 3, 2),
    _Stage(4, 5, 1),
    _Stage(5, 5, 2),
    _Stage(1, 3, 1),
)


@dataclass
class _GraphWriter:
    """Collects nodes and weights; a convolution takes its batch normalisation in."""

    weights: Weights
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: list[onnx.TensorProto] = field(default_factory=list)
    side_px: int = SIDE_PX

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolve(
        self, source: str, layer: str, norm: str, *, stride: int = 1, depthwise: bool = False
    ) -> str:
        kernel, bias = self._folded(layer, norm)
        size = kernel.shape[2]
        inputs = [source, self.constant(f"{layer}.k", kernel), self.constant(f"{layer}.b", bias)]
        return self.node(
            "Conv",
            inputs,
            f"{layer}.out",
            kernel_shape=[size, size],
            strides=[stride, stride],
            group=kernel.shape[0] if depthwise else 1,
            pads=self._same_padding(size, stride),
        )

    def clip(self, source: str) -> str:
        return self.node("Clip", [source, "zero", "six"], f"{source}.relu6")

    def _folded(self, layer: str, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
        scale, shift, mean, variance = (
            self.weights[f"{norm}.{part}"]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = scale / np.sqrt(variance + BATCH_NORM_EPSILON)
        kernel = self.weights[f"{layer}.weight"] * factor[:, None, None, None]
        return kernel.astype(np.float32), (shift - mean * factor).astype(np.float32)

    def _same_padding(self, size: int, stride: int) -> list[int]:
        """Pad as TensorFlow does, which trained the network: the odd pixel goes last."""
        out_px = -(-self.side_px // stride)
        padding = max((out_px - 1) * stride + size - self.side_px, 0)
        self.side_px = out_px
        return [padding // 2, padding // 2, padding - padding // 2, padding - padding // 2]


def efficientnet_lite2_graph(weights: Weights) -> bytes:
    """Return an ONNX file with input "pixels" and outputs "probabilities" and "embedding".

    pixels: shape (n, 3, 260, 260), float32, RGB as (value - 127) / 128.
    """
    writer = _GraphWriter(weights)
    writer.constant("zero", np.array(0, np.float32))
    writer.constant("six", np.array(6, np.float32))
    source = writer.clip(writer.convolve("pixels", "_conv_stem", "_bn0", stride=2))
    for number, stride in enumerate(_block_strides()):
        source = _add_block(writer, source, f"_blocks.{number}", stride)
    source = writer.clip(writer.convolve(source, "_conv_head", "_bn1"))
    _add_classifier(writer, source)
    return _serialized(writer)


def _block_strides() -> list[int]:
    return [stage.stride if block == 0 else 1 for stage in _STAGES for block in range(stage.blocks)]


def _add_block(writer: _GraphWriter, source: str, block: str, stride: int) -> str:
    wide = source
    if f"{block}._expand_conv.weight" in writer.weights:
        wide = writer.clip(writer.convolve(source, f"{block}._expand_conv", f"{block}._bn0"))
    depthwise = writer.convolve(
        wide, f"{block}._depthwise_conv", f"{block}._bn1", stride=stride, depthwise=True
    )
    narrow = writer.convolve(writer.clip(depthwise), f"{block}._project_conv", f"{block}._bn2")
    if stride == 1 and _keeps_channels(writer.weights, block):
        return writer.node("Add", [narrow, source], f"{block}.sum")
    return narrow


def _keeps_channels(weights: Weights, block: str) -> bool:
    expand = weights.get(f"{block}._expand_conv.weight")
    depthwise: int = weights[f"{block}._depthwise_conv.weight"].shape[0]
    channels_in: int = depthwise if expand is None else expand.shape[1]
    channels_out: int = weights[f"{block}._project_conv.weight"].shape[0]
    return channels_in == channels_out


def _add_classifier(writer: _GraphWriter, source: str) -> None:
    pooled = writer.node("GlobalAveragePool", [source], "pooled")
    writer.node("Flatten", [pooled], "embedding", axis=1)
    writer.constant("fc.weight", writer.weights["_fc.weight"])
    writer.constant("fc.bias", writer.weights["_fc.bias"])
    writer.node("Gemm", ["embedding", "fc.weight", "fc.bias"], "logits", transB=1)
    writer.node("Softmax", ["logits"], "probabilities", axis=1)


def _serialized(writer: _GraphWriter) -> bytes:
    def tensor(name: str, *shape: int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape])

    graph = helper.make_graph(
        writer.nodes,
        "efficientnet_lite2",
        [tensor("pixels", 3, SIDE_PX, SIDE_PX)],
        [tensor("probabilities", CLASSES), tensor("embedding", FEATURES)],
        writer.initializers,
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content
