"""Configuration of the app."""

from django.apps import AppConfig


class OnlineTestConfig(AppConfig):
    """Configure the app."""

    name = "onlinetest"
