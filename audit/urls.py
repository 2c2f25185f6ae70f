"""The address of what was exported."""

from django.urls import path

from audit import views

urlpatterns = [path("exports/", views.exports, name="exports")]
