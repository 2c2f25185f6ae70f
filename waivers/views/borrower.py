"""Not built yet."""
from audit.permissions import Permission, needs
from django.http import HttpResponse
def _p(request, **kw): return HttpResponse("")
position = coverage = what_if = watch = instrument = waiver = document_file = choose = record_fact = needs(Permission.READ)(_p)
