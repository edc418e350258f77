"""The URLs of the library pages, below /libraries/."""

from django.urls import URLPattern

app_name = "libraries"
urlpatterns: list[URLPattern] = []
