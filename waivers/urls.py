"""The credit officer's addresses."""

from django.urls import path

from waivers import views

urlpatterns = [
    path("", views.home, name="home"),
    path("borrowers/<str:ref>/", views.borrower, name="borrower"),
    path("instruments/<str:ref>/", views.instrument, name="instrument"),
    path("waivers/<str:ref>/", views.waiver, name="waiver"),
    path("holder-actions/record/", views.record_action, name="record-action"),
    path("documents/<str:ref>/file/", views.document_file, name="document-file"),
    path("exports/<str:name>.csv", views.export, name="export"),
]
