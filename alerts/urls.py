"""Addresses of the inbox and of liveness."""

from django.urls import path

from alerts import views

urlpatterns = [
    path("alerts/", views.inbox, name="inbox"),
    path("alerts/<int:number>/acknowledge/", views.acknowledge_alert, name="acknowledge"),
    path("healthz", views.healthz, name="healthz"),
]
