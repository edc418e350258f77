"""The URLs of the feedback inbox, below /feedback/."""

from django.urls import path

from results.views import inbox

app_name = "feedback"
urlpatterns = [path("", inbox.feedback_list, name="feedback_list")]
