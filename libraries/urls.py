"""The URLs of the library pages, below /libraries/."""

from django.urls import path

from libraries.views import (
    held_images,
    image_libraries,
    images,
    imports,
    keyword_files,
    keywords,
    library_image,
    vocabulary,
)

app_name = "libraries"
urlpatterns = [
    path("images/", image_libraries.image_library_list, name="image_library_list"),
    path("images/create/", image_libraries.image_library_create, name="image_library_create"),
    path("images/<int:library_id>/", images.image_library, name="image_library"),
    path(
        "images/<int:library_id>/edit/",
        image_libraries.image_library_edit,
        name="image_library_edit",
    ),
    path(
        "images/<int:library_id>/empty/",
        image_libraries.image_library_empty,
        name="image_library_empty",
    ),
    path(
        "images/<int:library_id>/delete/",
        image_libraries.image_library_delete,
        name="image_library_delete",
    ),
    path(
        "images/<int:library_id>/publication/",
        images.image_library_publication,
        name="image_library_publication",
    ),
    path("images/<int:library_id>/add/", images.image_add, name="image_add"),
    path("images/<int:library_id>/delete-images/", images.image_delete, name="image_delete"),
    path("images/<int:library_id>/move-images/", images.image_move, name="image_move"),
    path(
        "images/<int:library_id>/<int:image_id>/", library_image.library_image, name="library_image"
    ),
    path(
        "images/<int:library_id>/<int:image_id>/go-live/",
        held_images.image_go_live,
        name="image_go_live",
    ),
    path(
        "images/<int:library_id>/<int:image_id>/discard/",
        held_images.image_discard,
        name="image_discard",
    ),
    path(
        "image/<int:image_id>/thumbnail.webp",
        library_image.library_image_thumbnail,
        name="library_image_thumbnail",
    ),
    path(
        "image/<int:image_id>/preview.jpg",
        library_image.library_image_preview,
        name="library_image_preview",
    ),
    path("images/<int:library_id>/import/", imports.import_page, name="import_page"),
    path("images/<int:library_id>/import/start/", imports.import_start, name="import_start"),
    path("images/<int:library_id>/import/urls/", imports.import_urls, name="import_urls"),
    path(
        "images/<int:library_id>/export.csv",
        imports.image_library_export,
        name="image_library_export",
    ),
    path("imports/<uuid:job_id>/", imports.import_detail, name="import_detail"),
    path("imports/<uuid:job_id>/card/", imports.import_card, name="import_card"),
    path("imports/<uuid:job_id>/parts/", imports.import_part, name="import_part"),
    path("imports/<uuid:job_id>/pictures/", imports.import_pictures, name="import_pictures"),
    path("imports/<uuid:job_id>/close/", imports.import_close, name="import_close"),
    path("imports/<uuid:job_id>/cancel/", imports.import_cancel, name="import_cancel"),
    path("imports/<uuid:job_id>/report.csv", imports.import_report, name="import_report"),
    path("keywords/", keywords.vocabulary_list, name="vocabulary_list"),
    path("keywords/create/", keywords.vocabulary_create, name="vocabulary_create"),
    path("keywords/<int:pk>/", vocabulary.vocabulary_detail, name="vocabulary_detail"),
    path("keywords/<int:pk>/edit/", keywords.vocabulary_edit, name="vocabulary_edit"),
    path("keywords/<int:pk>/delete/", keywords.vocabulary_delete, name="vocabulary_delete"),
    path("keywords/<int:pk>/keywords/add/", vocabulary.keyword_add, name="keyword_add"),
    path("keywords/<int:pk>/try/", vocabulary.keyword_try, name="keyword_try"),
    path(
        "keywords/<int:pk>/publication/",
        vocabulary.vocabulary_publication,
        name="vocabulary_publication",
    ),
    path("keywords/<int:pk>/import/", keyword_files.keyword_import, name="keyword_import"),
    path(
        "keywords/<int:pk>/export.<slug:file_format>",
        keyword_files.keyword_export,
        name="keyword_export",
    ),
    path("keywords/<int:pk>/keywords/delete/", vocabulary.keyword_delete, name="keyword_delete"),
]
