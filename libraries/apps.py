"""Configuration of the app."""

from django.apps import AppConfig


class LibrariesConfig(AppConfig):
    """Configure the app."""

    name = "libraries"
