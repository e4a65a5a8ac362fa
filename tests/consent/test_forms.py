"""Consent forms: immutable versions, the editor, the preview."""

from typing import Any

import pytest

from consent.forms.texts import Texts, standard_texts
from consent.forms.versions import latest, save_version, standard_form, versions
from consent.models import ConsentForm, TextVersion
from marketing.models import Account, AuditLine, Member
from marketing.tenancy import use_account
from tests.consent.making import make_request
from tests.making import make_contact

TYPED = {
    "name": "Friends of the studio",
    "subject": "News from us?",
    "question": "May we write?",
    "text": "Twice a month.",
    "yes": "Yes",
    "no": "No",
    "asks_tracking": "on",
    "tracking_question": "You may measure",
}
WORDS = Texts("s", "q?", "t", "y", "n")


def url(account: Account, rest: str = "") -> str:
    return f"/a/{account.pk}/consent-forms/{rest}"


def own_form(account: Account, **languages: Texts) -> ConsentForm:
    with use_account(account):
        form: ConsentForm = ConsentForm.objects.create(account=account, name="Friends")
        save_version(form, languages or {"en": WORDS})
    return form


def count_versions(form: ConsentForm) -> int:
    with use_account(form.account_id):
        return TextVersion.objects.for_account(form.account_id).filter(form_id=form.pk).count()


def test_the_standard_form_is_made_once_and_names_the_company(acme: Account) -> None:
    with use_account(acme):
        form = standard_form(acme)
        assert standard_form(acme.pk) == form
        assert [text.language for text in versions(form)] == ["en", "fr", "de"]
        text = latest(form, "en")
    assert text.question == "May we send you our newsletter?"
    assert text.yes == "Yes, send me the newsletter"
    assert "Acme Bikes" in text.text
    assert len(text.hash) == 64


def test_a_renamed_company_asks_with_its_new_name(acme: Account) -> None:
    with use_account(acme):
        standard_form(acme)
        acme.name = "Acme Wheels"
        acme.save()
        text = latest(standard_form(acme), "en")
    assert (text.number, "Acme Wheels" in text.text) == (2, True)


def test_saving_without_change_makes_no_version(acme: Account) -> None:
    form = own_form(acme)
    with use_account(acme):
        assert not save_version(form, {"en": WORDS})
        assert save_version(form, {"en": WORDS, "fr": WORDS})
        assert [(text.number, text.language) for text in versions(form)] == [
            (2, "en"),
            (2, "fr"),
            (1, "en"),
        ]


def test_the_latest_text_falls_back_to_the_first_language(acme: Account) -> None:
    form = own_form(acme, fr=WORDS, de=WORDS)
    with use_account(acme):
        found = [latest(form, wanted).language for wanted in ("de-AT", "fr", "ja", "")]
    assert found == ["de", "fr", "fr", "fr"]


def test_every_standard_language_says_everything() -> None:
    for texts in standard_texts("{company} & Co").values():
        assert "{company} & Co" in texts.text
        assert all(vars(texts).values())


def test_the_list_shows_what_became_of_the_requests(
    acme: Account, rita: Member, as_member: Any
) -> None:
    with use_account(acme):
        for number, state in enumerate(["agreed"] * 12 + ["refused"] * 5 + ["left", "asked"] * 2):
            make_request(acme, make_contact(acme, f"p{number}@example.test"), state=state)
    page = as_member(rita).get(url(acme)).content.decode()
    assert "Standard consent form" in page
    assert "English, Français, Deutsch" in page
    assert "57.1%" in page  # 12 of 21
    assert "Create your own" not in page


def test_an_admin_writes_a_form_and_each_change_is_a_version(
    acme: Account, adam: Member, as_member: Any
) -> None:
    client = as_member(adam)
    assert client.get(url(acme, "new/")).status_code == 200
    answer = client.post(url(acme, "new/"), TYPED)
    with use_account(acme):
        form = ConsentForm.objects.for_account(acme).get(name="Friends of the studio")
        text = latest(form, "en")
    assert (answer.status_code, answer["Location"]) == (302, url(acme, f"{form.pk}/"))
    assert text.tracking_question == "You may measure"
    page = client.get(url(acme, f"{form.pk}/"))
    assert b"Save as version 2" in page.content
    client.post(url(acme, f"{form.pk}/"), TYPED)
    assert count_versions(form) == 1
    client.post(url(acme, f"{form.pk}/?language=en"), TYPED | {"text": "Once a month."})
    client.post(url(acme, f"{form.pk}/?language=fr"), TYPED | {"text": "Une fois par mois."})
    with use_account(acme):
        assert latest(form, "fr").text == "Une fois par mois."
        assert (latest(form, "en").text, latest(form, "en").number) == ("Once a month.", 3)
        acts = AuditLine.objects.for_account(acme).order_by("id").values_list("act", flat=True)
        assert list(acts) == ["form.made", "form.changed", "form.changed"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": ""}, "question"),
        ({"subject": "a\nBcc: x@y.test"}, "subject"),
        ({"tracking_question": ""}, "tracking_question"),
        ({"text": "x" * 1001}, "text"),
        ({"name": "Friends"}, "name"),
    ],
)
def test_wrong_input_is_told_at_the_field_and_nothing_typed_is_lost(
    acme: Account, adam: Member, as_member: Any, change: dict[str, str], field: str
) -> None:
    own_form(acme)
    answer = as_member(adam).post(url(acme, "new/"), TYPED | change)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert b"News from us?" in answer.content or field == "subject"


def test_the_standard_form_is_copied_not_changed(
    acme: Account, adam: Member, as_member: Any
) -> None:
    with use_account(acme):
        form = standard_form(acme)
    client = as_member(adam)
    page = client.get(url(acme, f"{form.pk}/")).content
    assert b"Copy and change" in page
    assert b"Save as version" not in page
    assert client.post(url(acme, f"{form.pk}/"), TYPED).status_code == 404
    client.post(url(acme, f"new/?copy={form.pk}"), TYPED)
    with use_account(acme):
        made = ConsentForm.objects.for_account(acme).get(is_standard=False)
        assert [text.language for text in versions(made)] == ["en", "fr", "de"]


def test_an_editor_sees_and_may_not_change(acme: Account, emil: Member, as_member: Any) -> None:
    form = own_form(acme)
    client = as_member(emil)
    assert b"Save as version" not in client.get(url(acme, f"{form.pk}/")).content
    assert client.get(url(acme, "new/")).status_code == 404
    for rest in (f"{form.pk}/", "new/", "preview/page/"):
        assert client.post(url(acme, rest), TYPED).status_code == 404
    assert count_versions(form) == 1


def test_a_strangers_form_is_not_there(
    acme: Account, velo: Account, adam: Member, rolf: Member, as_member: Any
) -> None:
    form = own_form(acme)
    with use_account(acme):
        text = versions(form)[0]
    client = as_member(rolf)
    for account in (acme, velo):
        for rest in (f"{form.pk}/", f"preview/page/?text={text.pk}", f"new/?copy={form.pk}"):
            assert client.get(url(account, rest)).status_code == 404


@pytest.mark.parametrize("kind", ["page", "mail"])
def test_the_preview_shows_the_stored_words_in_a_frame_of_ours(
    acme: Account, rita: Member, as_member: Any, kind: str
) -> None:
    form = own_form(acme, en=Texts("s", "<b>Sure?</b>", "t", "y", "n", "measure"))
    with use_account(acme):
        text = versions(form)[0]
    answer = as_member(rita).get(url(acme, f"preview/{kind}/?text={text.pk}"))
    assert "&lt;b&gt;Sure?&lt;/b&gt;" in answer.content.decode()
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert b"csrf" not in answer.content
    if kind == "mail":
        shown = answer.content.decode()
        assert "href=" not in shown, "nothing to jump to"
        assert shown.count('role="link" aria-disabled="true" title="In the mail: to ') == 2
        assert "copy this address:<br>http://testserver/c/…" in shown


def test_what_is_typed_is_shown_and_not_kept(acme: Account, adam: Member, as_member: Any) -> None:
    form = own_form(acme)
    answer = as_member(adam).post(url(acme, "preview/page/?language=fr"), TYPED)
    assert "May we write?" in answer.content.decode()
    assert count_versions(form) == 1
    assert as_member(adam).get(url(acme, "preview/other/")).status_code == 404
    assert as_member(adam).get(url(acme, "preview/page/?text=x")).status_code == 404
