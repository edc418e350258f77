"""The engine of this process: loaded once, shared by its threads."""

from functools import lru_cache
from pathlib import Path
from threading import Lock

from django.conf import settings

from moderation.config import EngineConfig, LargeModelConfig
from moderation.detectors.registry import load_registry
from moderation.keywords import KeywordIndex
from moderation.library_index import LibraryIndex
from moderation.moderator import Moderator

_loading = Lock()


def engine_config() -> EngineConfig:
    """Return the engine's part of the settings."""
    return EngineConfig(
        model_dir=Path(settings.MODEL_DIR),
        threads=settings.INFERENCE_THREADS,
        nudenet=settings.NUDENET,
        large_model=_large_model_config(),
    )


def _large_model_config() -> LargeModelConfig | None:
    if not settings.VLM_BASE_URL or not settings.VLM_MODEL:
        return None
    return LargeModelConfig(
        base_url=settings.VLM_BASE_URL,
        model=settings.VLM_MODEL,
        api_key=settings.VLM_API_KEY,
        timeout_s=settings.VLM_TIMEOUT_S,
    )


def moderator() -> Moderator:
    """Return the process's moderator; the first call loads the networks, about two seconds."""
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Moderator:
    registry = load_registry(engine_config())
    return Moderator(registry, LibraryIndex.empty(), KeywordIndex.empty())
