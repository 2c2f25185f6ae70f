"""Each request bears the signature under which it may change facts, and the moment that it asks about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit.models import User
from audit.moments import Moment, moment_of
from audit.signing import Signature, sign


class SignedRequest(HttpRequest):
    """A request of somebody who is signed in, as views get it behind this middleware."""

    user: User
    signature: Signature
    moment: Moment
    htmx: Any


class SignatureMiddleware:
    """`request.signature` and `request.moment` for whoever is signed in; `X-Request-ID` in every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid4().hex
        if request.user.is_authenticated:
            now = timezone.now()
            request.signature = sign(request.user, now, request_id)  # type: ignore[attr-defined]
            request.moment = moment_of(request.GET, now)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response
