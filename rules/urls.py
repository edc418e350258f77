"""The URLs of the rules pages, below /rules/."""

from django.urls import path

from rules.views import coverage

app_name = "rules"
urlpatterns = [
    path("coverage/", coverage.coverage, name="coverage"),
]
