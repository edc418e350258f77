"""Configuration of the app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Configure the app."""

    name = "console"
