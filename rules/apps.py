"""Configuration of the app."""

from django.apps import AppConfig


class RulesConfig(AppConfig):
    """Configure the app."""

    name = "rules"
