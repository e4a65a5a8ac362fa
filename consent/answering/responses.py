"""Public answers: the page in the reader's language, and the headers every one of them carries.

Rendered without the request, so that no session, user or message is ever touched: no cookie.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from consent.asking.composing import spoken

_SOURCES: Final = ("style-src", "img-src", "font-src", "form-action")


def public_policy(*, frame: bool = False) -> str:
    """The Content-Security-Policy of a public page; `frame`: our own pages may frame it."""
    static = urlsplit(settings.STATIC_URL)
    host = f" {static.scheme}://{static.netloc}" if static.netloc else ""
    rules = ["default-src 'none'", *(f"{name} 'self'{host}" for name in _SOURCES)]
    ancestors = "'self'" if frame else "'none'"
    return "; ".join([*rules, "base-uri 'none'", f"frame-ancestors {ancestors}"])


def page(
    request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """templates/public/<name>.html in `context["language"]`, else in the browser's language."""
    language = spoken(context.get("language") or translation.get_language_from_request(request))
    with translation.override(language):
        html = render_to_string(f"public/{name}.html", context | {"language": language})
    return secured(HttpResponse(html, status=status))


def plain(text: str, *, status: int = 200) -> HttpResponse:
    """One line for mail programs."""
    return secured(HttpResponse(text, status=status, content_type="text/plain; charset=utf-8"))


def no_such_link(request: HttpRequest) -> HttpResponse:
    """The one answer for unknown, foreign and expired links: it tells nothing."""
    return page(request, "link", {}, status=404)


def secured(response: HttpResponse) -> HttpResponse:
    """Links carry tokens: nothing is stored, indexed, referred to, framed or loaded elsewhere."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    response["Content-Security-Policy"] = public_policy()
    return response
