"""The URLs of the online test."""

from django.urls import path

from onlinetest import views

app_name = "onlinetest"
urlpatterns = [
    path("", views.test_page, name="test_page"),
    path("<uuid:run_id>/", views.run_page, name="run_page"),
    path("<uuid:run_id>/items/", views.add_item, name="add_item"),
    path("<uuid:run_id>/items/<int:item_id>/retry/", views.retry_item, name="retry_item"),
]
