"""The credit officer's addresses."""

from django.urls import path, register_converter

from audit.models import REF_PATTERN
from waivers import views


class RefConverter:
    """A ref in an address; anything else is a page that is not there."""

    regex = REF_PATTERN.removeprefix("^").removesuffix(r"\Z")

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(RefConverter, "ref")

urlpatterns = [
    path("", views.home, name="home"),
    path("borrowers/<ref:ref>/", views.borrower, name="borrower"),
    path("instruments/<ref:ref>/", views.instrument, name="instrument"),
    path("waivers/<ref:ref>/", views.waiver, name="waiver"),
    path("holder-actions/record/", views.record_action, name="record-action"),
    path("documents/<ref:ref>/file/", views.document_file, name="document-file"),
    path("exports/<str:name>.csv", views.export, name="export"),
]
