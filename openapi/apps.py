"""Configuration of the app."""

from django.apps import AppConfig


class OpenApiConfig(AppConfig):
    """Configure the app."""

    name = "openapi"
