"""The addresses of what comes in."""

from django.urls import path

from intake import views

urlpatterns = [
    path("intake/", views.intake, name="intake"),
    path("intake/<int:number>/", views.incoming, name="incoming"),
    path("intake/<int:number>/terms/<str:key>/", views.term, name="term"),
    path("intake/<int:number>/record/", views.record, name="record-draft"),
    path("intake/<int:number>/file/", views.incoming_file, name="incoming-file"),
    path("intake/<int:number>/aside/", views.put_aside, name="put-aside"),
]
