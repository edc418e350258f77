"""The URLs of the console's own pages."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.i18n import set_language

from console import views

app_name = "console"
urlpatterns = [
    path("account/preferences/", views.preferences, name="preferences"),
    path("account/language/", login_not_required(set_language), name="set_language"),
    path("keys/", views.access_key_list, name="access_key_list"),
    path("keys/create/", views.access_key_create, name="access_key_create"),
    path("keys/<slug:key_id>/switch/", views.access_key_switch, name="access_key_switch"),
    path("keys/<slug:key_id>/delete/", views.access_key_delete, name="access_key_delete"),
    path("members/", views.member_list, name="member_list"),
    path("members/create/", views.member_create, name="member_create"),
    path("members/<int:pk>/role/", views.member_role, name="member_role"),
    path("members/<int:pk>/password/", views.member_password, name="member_password"),
    path("members/<int:pk>/deactivate/", views.member_deactivate, name="member_deactivate"),
    path("members/<int:pk>/reactivate/", views.member_reactivate, name="member_reactivate"),
    path("audit/", views.audit_log, name="audit_log"),
    path("audit/export.csv", views.audit_export, name="audit_export"),
]
