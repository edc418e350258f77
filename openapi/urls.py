"""The URLs of what the API gives addresses of; the API itself is no URL of Django's."""

from django.urls import path

from openapi import views

app_name = "openapi"
urlpatterns = [
    path("downloads/<str:token>/", views.download, name="download"),
]
