"""The engine's part of the settings."""

from pathlib import Path

from django.conf import settings

from moderation.config import EngineConfig, LargeModelConfig


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
