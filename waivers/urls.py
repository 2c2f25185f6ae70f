"""The credit officer's addresses."""

from django.urls import path, register_converter

from audit.models import REF_PATTERN
from waivers.views import (
    borrower,
    calendar,
    exports,
    histories,
    home,
    packs,
    papers,
    recording,
    records,
    registers,
    search,
)


class RefConverter:
    """A ref in an address; anything else is a page that is not there."""

    regex = REF_PATTERN.removeprefix("^").removesuffix(r"\Z")

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(RefConverter, "ref")

urlpatterns = [
    path("", home.watch, name="home"),
    path("watch/filter/", home.keep_filter, name="keep-filter"),
    path("borrowers/", registers.borrowers, name="borrowers"),
    path("agreements/", registers.agreements, name="agreements"),
    path("notes/", registers.notes, name="notes"),
    path("waivers/", registers.waivers, name="waivers"),
    path("views/save/", registers.save_view, name="save-view"),
    path("views/<int:number>/delete/", registers.delete_view, name="delete-view"),
    path("borrowers/<ref:ref>/", borrower.position, name="borrower"),
    path("borrowers/<ref:ref>/coverage/", borrower.coverage, name="coverage"),
    path("borrowers/<ref:ref>/what-if/", borrower.what_if, name="what-if"),
    path("borrowers/<ref:ref>/history/", histories.of_borrower, name="borrower-history"),
    path("borrowers/<ref:ref>/knowledge/", histories.knowledge, name="knowledge"),
    path("instruments/<ref:ref>/history/", histories.of_instrument, name="instrument-history"),
    path("waivers/<ref:ref>/history/", histories.of_waiver, name="waiver-history"),
    path("borrowers/<ref:ref>/certificates/", papers.certificates, name="certificates"),
    path("borrowers/<ref:ref>/certificates/issue/", papers.issue, name="issue-certificate"),
    path("certificates/<int:number>/", papers.certificate, name="certificate"),
    path("certificates/<int:number>.<slug:form>", papers.certificate_file, name="certificate-file"),
    path("instruments/<ref:ref>/", records.instrument, name="instrument"),
    path("instruments/<ref:ref>/reservation/", papers.draft_reservation, name="draft-reservation"),
    path("waivers/<ref:ref>/", records.waiver, name="waiver"),
    path("waivers/<ref:ref>/notice/", papers.draft_notice, name="draft-notice"),
    path("documents/<ref:ref>/file/", records.document_file, name="document-file"),
    path("packs/", packs.packs, name="packs"),
    path("packs/new/", packs.new, name="new-pack"),
    path("packs/<int:number>/", packs.pack, name="pack"),
    path("packs/<int:number>.zip", packs.pack_file, name="pack-file"),
    path("record/", recording.choose, name="record"),
    path("record/<slug:what>/", recording.record_fact, name="record-fact"),
    path("search/", search.search, name="search"),
    path("calendar/", calendar.month, name="calendar"),
    path("calendar/agenda/", calendar.agenda, name="agenda"),
    path("calendar/feed/", calendar.feed_settings, name="feed-settings"),
    path("calendar/feed/<str:token>.ics", calendar.feed, name="feed"),
    path("exports/<str:name>.csv", exports.export, name="export"),
]
