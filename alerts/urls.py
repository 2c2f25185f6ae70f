"""Addresses of the inbox, of how one is told, and of liveness."""

from django.urls import path

from alerts import views

urlpatterns = [
    path("alerts/", views.inbox, name="inbox"),
    path("alerts/how/", views.preferences, name="preferences"),
    path("alerts/dead/", views.dead, name="dead-alerts"),
    path("alerts/reports/", views.mail_reports, name="mail-reports"),
    path("alerts/take/<str:token>/", views.acknowledge_by_link, name="acknowledge-by-link"),
    path("alerts/<int:number>/", views.alert_page, name="alert"),
    path("alerts/<int:number>/acknowledge/", views.acknowledge_alert, name="acknowledge"),
    path("alerts/<int:number>/snooze/", views.snooze_alert, name="snooze"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics_page, name="metrics"),
]
