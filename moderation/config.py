"""What the engine needs to know of the place where it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LargeModelConfig:
    """An OpenAI-compatible vision endpoint; base_url ends before "/chat/completions"."""

    base_url: str
    model: str
    api_key: str = ""
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Where the networks are cached and which of them take part.

    model_dir: networks that are converted at set-up are cached here.
    threads: threads inside one inference; 1 gives the best throughput.
    nudenet: whether the optional NudeNet network is used.
    large_model: None if no large model is connected.
    """

    model_dir: Path
    threads: int = 1
    nudenet: bool = False
    large_model: LargeModelConfig | None = None
