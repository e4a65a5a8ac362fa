"""Public answers: the page in the reader's language, and the headers every one of them carries.

Rendered without the request, so that no session, user or message is ever touched: no cookie.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from consent.asking.speaking import direction_of, spoken

_SOURCES: Final = ("style-src", "img-src", "font-src", "form-action")
_RETRY_SECONDS: Final = "120"


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
    asked = request.GET.get("lang", "")
    chosen = asked if asked in dict(settings.LANGUAGES) else ""
    browsers = translation.get_language_from_request(request)
    language = context.get("language") or chosen or browsers
    html = rendered(name, context | {"language": language})
    return secured(HttpResponse(html, status=status))


def rendered(name: str, context: dict[str, Any]) -> str:
    """The page's HTML, made of the context and nothing else: the same context, the same bytes.

    `languages` names the other ones to read it in; a preview leaves them out.
    """
    language = spoken(context["language"])
    others = [(code, own) for code, own in settings.LANGUAGES if code != language]
    with translation.override(language):
        frame = {"language": language, "direction": direction_of(language), "languages": others}
        text = context.get("text")
        if text is not None:
            words = text["language"] if isinstance(text, dict) else text.language
            frame["text_direction"] = direction_of(words)
        return render_to_string(f"public/{name}.html", frame | context | {"language": language})


def plain(text: str, *, status: int = 200) -> HttpResponse:
    """One line for mail programs."""
    return secured(HttpResponse(text, status=status, content_type="text/plain; charset=utf-8"))


def no_such_link(request: HttpRequest, *, status: int = 404) -> HttpResponse:
    """The one answer for unknown, foreign and expired links: it tells nothing."""
    response = page(request, "link", {}, status=status)
    if status == 429:
        response["Retry-After"] = _RETRY_SECONDS
    return response


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database is away: in plain words, and mail programs try again by themselves."""
    response = page(request, "unavailable", {"pressed": request.method == "POST"}, status=503)
    response["Retry-After"] = _RETRY_SECONDS
    return response


def secured(response: HttpResponse) -> HttpResponse:
    """Links carry tokens: nothing is stored, indexed, referred to, framed or loaded elsewhere."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    response["Content-Security-Policy"] = public_policy()
    return response
