"""The URLs of the rules pages, below /rules/."""

from django.urls import path

from rules.views import coverage, custom_libraries, scope, service_list

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
    path("<slug:code>/", scope.first_type, name="service_home"),
]
