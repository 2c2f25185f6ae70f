"""Forms of the credit officer: what is asked for, how it is checked, and what is made of it."""

from waivers.forms.what_if import WhatIfForm

__all__ = ["WhatIfForm"]
