"""What the page Consent forms shows: each form with what became of its requests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Q
from django.urls import reverse

from consent.forms.texts import language_name
from consent.models import ConsentForm, ConsentRequest, TextVersion

_SMALLEST_BASE: Final = 20  # under this number no rate is shown
_State = ConsentRequest.State


@dataclass(frozen=True)
class FormLine:
    """One form of the list. Counts are people who were asked with any of its versions."""

    form: ConsentForm
    number: int
    since: datetime
    languages: str
    asked: int = 0
    agreed: int = 0
    refused: int = 0
    silent: int = 0

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The "..." menu of its row, for who may edit forms."""
        at = [self.form.account_id, self.form.pk]
        copy = f"{reverse('consent:form_new', args=at[:1])}?copy={self.form.pk}"
        actions: list[dict[str, Any]] = [{"label": "Copy and change", "url": copy, "icon": "copy"}]
        if not self.form.is_standard:
            url = reverse("consent:form_put_away", args=at)
            actions.append({"label": "Put away", "url": url, "icon": "archive", "is_post": True})
        return actions

    @property
    def rate(self) -> str:
        """Agreed, of asked, with one decimal; "" where there are too few to say."""
        if self.asked < _SMALLEST_BASE:
            return ""
        # Rounded down, so that 99.96 never reads as all of them.
        return f"{self.agreed * 1000 // self.asked / 10:.1f}%"


def form_lines(account: Any) -> list[FormLine]:
    """The forms in use, the standard one first: three queries."""
    forms = ConsentForm.objects.for_account(account).filter(put_away_at=None)
    texts: dict[int, list[TextVersion]] = {}
    for text in TextVersion.objects.for_account(account).order_by("form_id", "-number", "id"):
        newest = texts.setdefault(text.form_id, [])
        if not newest or newest[0].number == text.number:
            newest.append(text)
    counts = _counts(account)
    return [
        FormLine(
            form=form,
            number=texts[form.pk][0].number,
            since=texts[form.pk][0].created_at,
            languages=", ".join(language_name(text.language) for text in texts[form.pk]),
            **counts.get(form.pk, {}),
        )
        for form in forms.order_by("-is_standard", "id")
        if form.pk in texts
    ]


def put_away_forms(account: Any) -> list[ConsentForm]:
    """Forms that are no longer offered, the last one first."""
    away = ConsentForm.objects.for_account(account).exclude(put_away_at=None)
    return list(away.order_by("-put_away_at"))


def _counts(account: Any) -> dict[int, dict[str, int]]:
    asked = ConsentRequest.objects.for_account(account).filter(asked_at__isnull=False)
    rows = asked.values("text_version__form_id").annotate(
        asked=Count("id"),
        agreed=Count("id", filter=Q(state=_State.AGREED)),
        refused=Count("id", filter=Q(state__in=[_State.REFUSED, _State.LEFT])),
        silent=Count("id", filter=Q(state__in=[_State.ASKED, _State.EXPIRED])),
    )
    return {row.pop("text_version__form_id"): row for row in rows}
