"""Where pages of other rooms lead to what came in."""

from __future__ import annotations

from django import template

from audit.models import User
from intake.models import Incoming
from waivers.models import Waiver

register = template.Library()


@register.simple_tag
def read_from(waiver: Waiver, user: User) -> list[Incoming]:
    """The documents that a waiver was read from, of those that the person may see."""
    return list(Incoming.objects.visible_to(user).filter(waiver=waiver).only("name").order_by("id"))
