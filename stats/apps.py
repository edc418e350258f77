"""Configuration of the app."""

from django.apps import AppConfig


class StatsConfig(AppConfig):
    """Configure the app."""

    name = "stats"
