"""Every form of the product, sent with one fault: 422, and all that was typed is still there.

A new form needs a case here; the first test says which one is missing.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consent.importing.drafting import decide
from consent.importing.stopping import Stopped
from consent.models import Import
from marketing.accounts import inviting
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.house.one_of_each import make_one_of_each
from tests.house.typed import Controls
from tests.making import make_member

ROOMS = ("marketing", "consent", "campaigns", "tracking")
TOMORROW = (timezone.now() + timedelta(days=2)).date().isoformat()
SECRET = ("password", "password1", "csrfmiddlewaretoken")


@dataclass(frozen=True)
class Sent:
    """What is posted where; `fault` is the field that is wrong in it, kept like the others."""

    form: str
    url: str
    data: dict[str, Any]
    fault: str
    ids: tuple[str, ...] = ()
    gone: tuple[str, ...] = field(default=())  # not kept, and why not is said beside the case


RULE = {"rule-TOTAL_FORMS": "2", "rule-INITIAL_FORMS": "0", "rule-MAX_NUM_FORMS": "10"}
RULE |= {"rule-0-field": "country", "rule-0-operator": "is", "rule-0-value": "Atlantis"}
RULE |= {"rule-1-field": "first_name", "rule-1-operator": "contains", "rule-1-value": "Ana"}
PERSON = {"first_name": "Ana", "last_name": "Moreau", "country": "FR", "language": "fr"}
WORDS = {"name": "Club", "subject": "May we?", "question": "May we write?", "text": "a\nb"}
WORDS |= {"yes": "Yes", "no": "No", "asks_tracking": "on", "tracking_question": "Measure?"}

CASES = [
    Sent(
        "MailForm",
        "marketing:settings_mail",
        {"name": "Acme & Søn", "postal_address": "12 Main St", "time_zone": "Mars/Olympus"},
        "time_zone",
        gone=("time_zone",),  # no such option can be chosen again
    ),
    Sent(
        "InviteForm",
        "marketing:members",
        {"email": "no address", "role": "admin"},
        "email",
    ),
    Sent("KeyForm", "tracking:provider", {"provider": "mailgun", "key": "k" * 2001}, "key"),
    Sent(
        "RouteForm",
        "tracking:reply_route",
        {"to": "member:0"},
        "to",
        ("sender_id",),
        gone=("to",),  # no such option can be chosen again
    ),
    Sent("RoleForm", "marketing:member_role", {"role": ""}, "role", ("member_id",), ("role",)),
    Sent(
        "AddContactForm",
        "marketing:contact_add",
        PERSON | {"address": "ana@", "basis": "implied", "basis_until": TOMORROW},
        "address",
    ),
    Sent(
        "DetailsForm",
        "marketing:contact_edit",
        PERSON | {"language": "French", "basis": "existing_customer", "basis_evidence": "order"},
        "language",
        ("contact_id",),
    ),
    Sent("SegmentForm", "marketing:segment_add", RULE | {"name": " ", "kind": "rules"}, "name"),
    Sent("RuleForm", "marketing:segment_add", RULE | {"name": "Abc", "kind": "rules"}, ""),
    Sent(
        "MoreForm",
        "marketing:settings_more",
        {"tracking": "on", "hours": "on", "sending_from": "08:00", "sending_until": "late"},
        "sending_until",
    ),
    Sent("KeepingForm", "consent:keeping", {"proof_months": "240"}, "proof_months"),
    Sent(
        "CountryForm",
        "marketing:settings_country",
        {"country": "XX"},
        "country",
        gone=("country",),  # no such option
    ),
    Sent(
        "SenderForm",
        "marketing:settings_senders",
        {"name": "Acme & Søn", "address": "no address"},
        "address",
    ),
    Sent(
        "LimitForm",
        "campaigns:limit_add",
        {"scope": "sender", "name": "news@acme.example", "mails": "0", "per": "hour"},
        "",
    ),
    Sent(
        "WarmUpForm",
        "campaigns:warm_up_add",
        {"domain": "not a domain", "starts_on": TOMORROW}
        | {"first_day": "20", "growth": "40", "target": "9000"},
        "",
    ),
    Sent(
        "SmtpForm",
        "campaigns:settings_relay",
        {"kind": "smtp", "host": "127.0.0.1", "port": "465", "security": "smtps"}
        | {"username": "news", "password": "x", "connections": "2", "mails_per_connection": "9"},
        "",
    ),
    Sent(
        "ProviderForm",
        "campaigns:settings_relay",
        {"kind": "provider", "provider": "mailgun", "key": ""},
        "",
    ),
    Sent("TextsForm", "consent:form_new", WORDS | {"no": ""}, "no"),
    Sent("ChoiceForm", "consent:form_choice", {"form": "0"}, "form", gone=("form",)),
    Sent(
        "OriginForm",
        "consent:import_origin",
        {"source": "Fair & more", "basis": "asked_us", "collected_from": "2026-01-02"},
        "attested",
        ("import_id",),
    ),
    Sent(
        "ColumnsForm",
        "consent:import_columns",
        {"col-0": "first_name"},
        "",
        ("import_id",),
    ),
    Sent("NewCampaignForm", "campaigns:new_campaign", {"name": "x" * 121}, "name"),
    Sent(
        "SenderForm of a campaign",
        "campaigns:save_sender",
        {"version": "1", "name": "June & July", "subject": "News", "reply_to": "no address"},
        "reply_to",
        ("campaign_id",),
    ),
    Sent(
        "MoreForm of a campaign",
        "campaigns:save_more",
        {"version": "1", "waiting_days": "99", "keep_sending": "on"},
        "waiting_days",
        ("campaign_id",),
    ),
    Sent(
        "LaunchForm",
        "campaigns:launch",
        {"when": "later", "at": "some day"},
        "at",
        ("campaign_id",),
    ),
]
MEASURED = {"retention_days": "90", "small_groups": "on", "utm": "on", "utm_medium": "mail"}
CASES += [
    Sent(
        "EditForm",
        "marketing:settings_sender",
        {"name": "Acme & Søn", "reply_to": "no address", "everyone": "yes"},
        "reply_to",
        ("sender_id",),
    ),
    Sent(
        "AddForm",
        "consent:suppression_add",
        {"addresses": "ana@example.test\nno address", "reason": "By telephone"},
        "addresses",
    ),
    Sent(
        "LiftForm",
        "consent:suppression_lift",
        {"reason": "Too short", "changed": "on"},
        "reason",
        ("suppression_id",),
    ),
    Sent("DomainForm", "marketing:settings_domains", {"domain": "no domain"}, "domain"),
    Sent("MeasuringForm", "tracking:measuring", MEASURED | {"utm_source": "a&b"}, "utm_source"),
    Sent(
        "HostForm",
        "tracking:measuring_host",
        {"act": "name", "host": "no host"},
        "",
        gone=("act",),  # the name of its button
    ),
]
# Forms with a test of their own below or elsewhere, or that are only a base of others.
OTHERS = {
    "CardForm": "base of the cards",
    "RecipientsForm": "test_segment_that_is_in_and_out_stays_ticked_on_both_sides",
    "TestForm": "test_addresses_of_a_refused_test_stay_ticked",
    "SignUpForm": "test_sign_up_keeps_all_but_the_password",
    "JoinForm": "test_joining_keeps_the_name",
    "LogoForm": "browsers never send a file twice; what is wrong is said at the field",
    "FileForm": "browsers never send a file twice; what is wrong is said at the field",
    "MarksFields": "fields that MeasuringForm and MoreForm of a campaign have, no form of its own",
    "ReadingForm": "test_reading_of_a_file_stays_chosen",
}


def forms_of_the_product() -> Iterator[type[forms.BaseForm]]:
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            if ".migrations" not in found.name:
                importlib.import_module(found.name)
    waiting: list[Any] = [forms.BaseForm]
    while waiting:
        for each in waiting.pop().__subclasses__():
            waiting.append(each)
            if each.__module__.split(".")[0] in ROOMS and not each.__name__.endswith("FormSet"):
                yield each


def test_every_form_has_a_case() -> None:
    cases = {case.form.partition(" ")[0] for case in CASES} | set(OTHERS)
    assert {form.__name__ for form in forms_of_the_product()} - cases == set()
    doubled = [form.__name__ for form in set(forms_of_the_product())]
    assert len([name for name in doubled if name in ("SenderForm", "MoreForm")]) == 4


def kept_in(page: str, data: dict[str, Any], *, besides: tuple[str, ...] = ()) -> None:
    """Each value is still in its control."""
    controls = Controls(page).values
    for name, value in data.items():
        if name in besides or name in SECRET:
            continue
        wanted = value if isinstance(value, list) else [value]
        # The editor has a name and a version on each of its cards.
        assert set(wanted) <= set(controls.get(name, [""])), (name, controls.get(name))


@pytest.mark.parametrize("case", CASES, ids=[case.form for case in CASES])
def test_refused_form_keeps_what_was_typed(
    as_member: Any, acme: Account, olga: Member, case: Sent
) -> None:
    rows = make_one_of_each(acme)
    with use_account(acme):
        draft = Import.objects.for_account(acme).get()
        decide(draft)
        Import.objects.for_account(acme).update(attested=case.form == "ColumnsForm", source="x")
    url = reverse(case.url, args=[acme.pk, *(rows[name] for name in case.ids)])
    answer = as_member(olga).post(url, case.data)
    page = answer.content.decode()
    assert answer.status_code == 422
    kept_in(page, case.data, besides=case.gone)
    assert "field-error" in page or 'role="alert"' in page
    # On the editor's page the name `form` stands for each card in turn.
    if case.fault and not case.form.endswith("of a campaign"):
        assert case.fault in answer.context["form"].errors


def test_sign_up_keeps_all_but_the_password(client: Client, db: None) -> None:
    data = {"company": "Søn & Co", "country": "FR", "name": "Olga", "email": "olga@"}
    data |= {"password1": "a sentence works well", "time_zone": "Europe/Oslo"}
    answer = client.post(reverse("account_signup"), data)
    assert answer.status_code == 422
    kept_in(answer.content.decode(), data)
    assert "a sentence works well" not in answer.content.decode()


def test_log_in_keeps_address_and_box(client: Client, db: None) -> None:
    data = {"login": "olga@acme.example", "password": "wrong", "remember": "on"}
    answer = client.post(reverse("account_login"), data)
    assert answer.status_code == 422
    kept_in(answer.content.decode(), data)
    assert "wrong" not in answer.content.decode()


def test_joining_keeps_the_name(client: Client, acme: Account, olga: Member) -> None:
    with use_account(acme):
        invitation = inviting.invite("new@acme.example", "viewer", by=olga)
        text = inviting._mail(invitation, by=olga)["text"]
    path = text.split(settings.SITE_URL)[1].split()[0]
    answer = client.post(path, {"name": "Ny Søn", "password": "1"})
    assert answer.status_code == 422
    kept_in(answer.content.decode(), {"name": "Ny Søn"})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("account_reset_password", {"email": "no address"}),
    ],
)
def test_password_pages_keep_the_address(
    client: Client, db: None, name: str, data: dict[str, str]
) -> None:
    answer = client.post(reverse(name), data)
    assert answer.status_code == 422
    kept_in(answer.content.decode(), data)


def test_reading_of_a_file_stays_chosen(as_member: Any, olga: Member) -> None:
    content = "email;имя\nivan@example.test;Иван\n".encode("windows-1251")
    account = olga.account
    with use_account(account):
        draft = Import(account=account, member=olga, file_name="a.csv", content=content)
        with pytest.raises(Stopped):
            decide(draft)
    url = reverse("consent:import_reading", args=[account.pk, draft.pk])
    answer = as_member(olga).post(url, {"encoding": "shift_jis"})
    assert answer.status_code == 422
    kept_in(answer.content.decode(), {"encoding": "shift_jis"})


@pytest.mark.parametrize("url", ["marketing:logo", "consent:import"])
def test_refused_file_is_told_at_its_field(as_member: Any, olga: Member, url: str) -> None:
    file = SimpleUploadedFile("x.csv", b"")
    answer = as_member(olga).post(reverse(url, args=[olga.account_id]), {"file": file})
    assert answer.status_code == 422
    assert "id_file_error" in answer.content.decode()


def test_segment_that_is_in_and_out_stays_ticked_on_both_sides(
    as_member: Any, acme: Account, olga: Member
) -> None:
    rows = make_one_of_each(acme)
    one = str(rows["segment_id"])
    data = {"version": "1", "segments_in": [one], "segments_out": [one]}
    url = reverse("campaigns:save_recipients", args=[acme.pk, rows["campaign_id"]])
    answer = as_member(olga).post(url, data)
    assert answer.status_code == 422
    kept_in(answer.content.decode(), data, besides=("version",))


def test_addresses_of_a_refused_test_stay_ticked(
    as_member: Any, acme: Account, olga: Member
) -> None:
    rows = make_one_of_each(acme)
    many = [f"m{number}@acme.example" for number in range(6)]
    for address in many:
        user = make_member(acme, address, "editor").user
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    url = reverse("campaigns:send_test", args=[acme.pk, rows["campaign_id"]])
    answer = as_member(olga).post(url, {"addresses": many})
    assert answer.status_code == 422
    kept_in(answer.content.decode(), {"addresses": many})
