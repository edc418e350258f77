"""The URLs of the whole console, one include for each app."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include("allauth.urls")),
    path("", include("console.page_urls")),
    path("", include("stats.urls")),
    path("rules/", include("rules.urls")),
    path("libraries/", include("libraries.urls")),
    path("test/", include("onlinetest.urls")),
    path("results/", include("results.urls")),
    path("feedback/", include("results.page_urls")),
    path("", include("openapi.urls")),
]
handler403 = "console.error_views.forbidden"
handler404 = "console.error_views.not_found"
handler500 = "console.error_views.server_error"
