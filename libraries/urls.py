"""The URLs of the library pages, below /libraries/."""

from django.urls import path

from libraries.views import keywords, vocabulary

app_name = "libraries"
urlpatterns = [
    path("keywords/", keywords.vocabulary_list, name="vocabulary_list"),
    path("keywords/create/", keywords.vocabulary_create, name="vocabulary_create"),
    path("keywords/<int:pk>/", vocabulary.vocabulary_detail, name="vocabulary_detail"),
    path("keywords/<int:pk>/edit/", keywords.vocabulary_edit, name="vocabulary_edit"),
    path("keywords/<int:pk>/delete/", keywords.vocabulary_delete, name="vocabulary_delete"),
    path("keywords/<int:pk>/keywords/add/", vocabulary.keyword_add, name="keyword_add"),
    path("keywords/<int:pk>/keywords/delete/", vocabulary.keyword_delete, name="keyword_delete"),
]
