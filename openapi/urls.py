"""The URLs around the API; the API itself is no URL of Django's."""

from django.urls import path

from openapi import views

app_name = "openapi"
urlpatterns = [
    path("api/", views.documentation, name="documentation"),
    path("api/send/", views.send, name="send"),
    path("downloads/<str:token>/", views.download, name="download"),
]
