"""Pictures of newsletters as mails load them: no login, kept by everybody on the way for a year."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from campaigns.models import Picture
from marketing.tenancy import use_account

_TYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}


@require_safe
def picture(request: HttpRequest, picture_of: int, file_name: str) -> HttpResponse:
    """The octets we wrote ourselves; 404 for any other name."""
    name, _, kind = file_name.partition(".")
    if kind not in _TYPES or not 0 < picture_of < 2**63:
        raise Http404
    with use_account(picture_of):
        found = (
            Picture.objects.for_account(picture_of)
            .filter(name=name, kind=kind)
            .values_list("content", flat=True)
            .first()
        )
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found), content_type=_TYPES[kind])
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
