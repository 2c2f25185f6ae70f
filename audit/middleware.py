"""Each request bears the signature under which it may change facts."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit.models import User
from audit.signing import Signature, sign


class SignedRequest(HttpRequest):
    """A request of somebody who is signed in, as views get it behind this middleware."""

    user: User
    signature: Signature


class SignatureMiddleware:
    """`request.signature` for whoever is signed in; the request's id goes back in `X-Request-ID`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid4().hex
        if request.user.is_authenticated:
            request.signature = sign(request.user, timezone.now(), request_id)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response
