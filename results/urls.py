"""The URLs of the detection results."""

from django.urls import path

from results.views import details, feedback, listing, remedies, saved_searches, selection

app_name = "results"
urlpatterns = [
    path("", listing.result_list, name="result_list"),
    path("export.csv", listing.result_export, {"file_format": "csv"}, name="export_csv"),
    path("export.xlsx", listing.result_export, {"file_format": "xlsx"}, name="export_xlsx"),
    path("searches/save/", saved_searches.search_save, name="search_save"),
    path("searches/<int:pk>/", saved_searches.search_rename, name="search_rename"),
    path("searches/<int:pk>/delete/", saved_searches.search_delete, name="search_delete"),
    path("labels/", listing.label_options, name="label_options"),
    path("would-hit/<int:image_id>/", listing.would_hit, name="would_hit"),
    path("selected/feedback/", selection.feedback, name="feedback_of_selected"),
    path("selected/library/", selection.add_to_library, name="add_selected_to_library"),
    path("<slug:request_id>/", details.detail, name="detail"),
    path("<slug:request_id>/thumbnail.webp", details.thumbnail, name="thumbnail"),
    path("<slug:request_id>/preview.jpg", details.preview, name="preview"),
    path("<slug:request_id>/feedback/", feedback.feedback, name="feedback"),
    path("<slug:request_id>/feedback/withdraw/", feedback.withdraw, name="feedback_withdraw"),
    path("<slug:request_id>/feedback/resolve/", feedback.resolve, name="feedback_resolve"),
    path("<slug:request_id>/library/", remedies.add_to_library, name="add_to_library"),
    path("<slug:request_id>/exempt/", remedies.exempt, name="exempt"),
    path("<slug:request_id>/test/", remedies.test_again, name="test_again"),
]
