"""The URLs of the overview and the statistics."""

from django.urls import path

from stats import views

urlpatterns = [
    path("", views.overview, name="overview"),
]
