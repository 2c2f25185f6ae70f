"""Not built yet."""
from audit.permissions import Permission, needs
from django.http import HttpResponse
def _p(request, **kw): return HttpResponse("")
borrowers = agreements = notes = waivers = save_view = delete_view = search = month = agenda = feed_settings = feed = needs(Permission.READ)(_p)
