"""The URLs of the online test."""

from django.urls import URLPattern

app_name = "onlinetest"
urlpatterns: list[URLPattern] = []
