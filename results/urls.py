"""The URLs of the detection results."""

from django.urls import path

from results import views

app_name = "results"
urlpatterns = [
    path("", views.result_list, name="result_list"),
    path("would-hit/<int:image_id>/", views.would_hit, name="would_hit"),
    path("<slug:request_id>/", views.detail, name="detail"),
    path("<slug:request_id>/thumbnail.webp", views.thumbnail, name="thumbnail"),
    path("<slug:request_id>/preview.jpg", views.preview, name="preview"),
]
