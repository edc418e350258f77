"""The URLs of the overview and the statistics; "overview" has no namespace, sign-in ends there."""

from django.urls import path

from stats import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("background/", views.background, name="background"),
    path("health/", views.health, name="health"),
    path("usage/", views.usage, name="usage"),
    path("usage/export.xlsx", views.usage_export, name="usage_export"),
    path("usage/labels/", views.usage_labels, name="usage_labels"),
    path("usage/week/", views.week_calls, name="week_calls"),
    path("usage/week/<slug:code>/<slug:type_code>/", views.week_hits, name="week_hits"),
    path("first-steps-done/", views.first_steps_done, name="first_steps_done"),
]
