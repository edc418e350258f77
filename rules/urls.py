"""The URLs of the rules pages, below /rules/."""

from django.urls import path

from rules import views

app_name = "rules"
urlpatterns = [
    path("coverage/", views.coverage, name="coverage"),
]
