"""The URLs of the rules pages, below /rules/."""

from django.urls import path

from rules.views import (
    coverage,
    custom_libraries,
    exemptions,
    history,
    scope,
    service_list,
    vocabularies,
)

app_name = "rules"
urlpatterns = [
    path("", service_list.service_list, name="service_list"),
    path("coverage/", coverage.coverage, name="coverage"),
    path("<slug:code>/copy/", service_list.service_copy, name="service_copy"),
    path("<slug:code>/delete/", service_list.service_delete, name="service_delete"),
    path("<slug:code>/publication/", service_list.publication, name="publication"),
    path("<slug:code>/scope/", scope.first_type, name="service"),
    path("<slug:code>/scope/<slug:type_code>/", scope.scope, name="scope"),
    path("<slug:code>/scope/<slug:type_code>/save/", scope.save, name="scope_save"),
    path(
        "<slug:code>/scope/<slug:type_code>/libraries/",
        custom_libraries.save,
        name="custom_libraries_save",
    ),
    path("<slug:code>/exemptions/", exemptions.exemptions, name="exemptions"),
    path("<slug:code>/exemptions/save/", exemptions.save, name="exemptions_save"),
    path(
        "<slug:code>/vocabularies/",
        vocabularies.ignored_vocabularies,
        name="ignored_vocabularies",
    ),
    path("<slug:code>/vocabularies/save/", vocabularies.save, name="ignored_vocabularies_save"),
    path("<slug:code>/history/", history.history, name="history"),
    path("<slug:code>/history/<int:number>/", history.version, name="version"),
    path(
        "<slug:code>/history/<int:number>/document.json", history.document, name="version_document"
    ),
    path("<slug:code>/history/<int:number>/restore/", history.restore, name="restore"),
    path("<slug:code>/", scope.first_type, name="service_home"),
]
