"""Configuration of the app."""

from django.apps import AppConfig


class ResultsConfig(AppConfig):
    """Configure the app."""

    name = "results"
