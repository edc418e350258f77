"""ONNX Runtime sessions as a server with many threads needs them."""

from __future__ import annotations

import onnxruntime as ort


def open_session(model: bytes | str, *, threads: int = 1) -> ort.InferenceSession:
    """Open a network that threads may share; run() may be called from any of them.

    model: the ONNX file's content, or its path.
    threads: threads inside one inference. 1 gives the best throughput; several requests at
    once use the other cores. Threads never spin while they wait: that would take the cores
    from the other requests.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
