"""Settings: defaults of all countries, the More tab with its lock, who may save, audit lines."""

import csv
from typing import Any

import pytest
from django.urls import reverse

from campaigns.composing.drafting import new_campaign
from marketing.models import Account, AuditLine, Contact, Member, User
from marketing.opening.accounts import Company, next_account_id, open_account
from marketing.rules.deciding import account_defaults, is_consent_locked, rule_for
from marketing.tenancy import use_account
from tests.cases.files import cases_file
from tests.making import make_contact

ROWS = list(csv.DictReader(cases_file("country-policy.csv").read_text().splitlines()))
FREE = {"tracking": "on", "consent": "on"}


def more(account: Account) -> str:
    return reverse("marketing:settings_more", args=[account.pk])


def lines_of(account: Account) -> list[AuditLine]:
    with use_account(account):
        return list(AuditLine.objects.for_account(account).order_by("id"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["cc"])
def test_new_account_stands_as_its_country_says(db: None, row: dict[str, str]) -> None:
    country = row["cc"] if row["cc"] != "*" else "VA"
    number = next_account_id()
    with use_account(number):
        user = User.objects.create_user(f"owner@{country.lower()}.example", "long enough words")
        account = open_account(number, Company("Shop", country), owner=user).account
    account.refresh_from_db()
    assert account.tracking == (row["tracking_default"] == "on")
    assert account.consent == (row["consent_default"] == "on")
    assert is_consent_locked(account) == (row["consent_locked"] == "1")


def test_no_row_was_left_out() -> None:
    assert len(ROWS) == 81


def test_unlisted_country_follows_the_rule_for_any_other(db: None) -> None:
    assert rule_for("VA").country == "*"
    assert account_defaults("VA") == account_defaults("*")


def test_owner_saves_and_it_is_one_audit_line(as_member: Any, olga: Member) -> None:
    account = olga.account
    hours = {"hours": "on", "sending_from": "08:00", "sending_until": "19:00"}
    answer = as_member(olga).post(more(account), {"consent": "on"} | hours)
    assert answer.status_code == 302
    account.refresh_from_db()
    assert (account.tracking, account.consent) == (False, True)
    assert f"{account.sending_from:%H:%M}" == "08:00"
    [line] = lines_of(account)
    assert line.who == "Olga Petit <owner@acme.example>"
    assert line.member_id == olga.pk
    assert line.before == "Tracking on; Consent off; Sending hours off"
    assert line.after == "Tracking off; Consent on; Sending hours 08:00–19:00"


def test_admin_saves_too(as_member: Any, adam: Member) -> None:
    as_member(adam).post(more(adam.account), FREE)
    adam.account.refresh_from_db()
    assert adam.account.consent
    assert len(lines_of(adam.account)) == 1


@pytest.mark.parametrize("role", ["emil", "rita"])
def test_others_see_the_page_without_save_and_their_forged_post_changes_nothing(
    as_member: Any, role: str, request: pytest.FixtureRequest
) -> None:
    member: Member = request.getfixturevalue(role)
    client = as_member(member)
    page = client.get(more(member.account))
    assert page.status_code == 200
    assert "Email and link tracking" in page.content.decode()
    assert ">Save<" not in page.content.decode()
    assert client.post(more(member.account), {"consent": "on"}).status_code == 404
    member.account.refresh_from_db()
    assert (member.account.tracking, member.account.consent) == (True, False)
    assert lines_of(member.account) == []


def test_lock_is_shown_on_disabled_and_with_its_reason(as_member: Any, rolf: Member) -> None:
    text = as_member(rolf).get(more(rolf.account)).content.decode()
    assert "Locked in France" in text
    assert "This cannot be turned off" in text
    assert "CPCE L34-5" in text
    assert "Policy 2026-11-25" in text
    switch = text.split('id="id_consent"')[1].split(">")[0]
    assert "checked" in switch
    assert "disabled" in switch
    assert 'aria-describedby="consent-text' in switch
    assert 'id="consent-text"' in text


@pytest.mark.parametrize("forged", [{}, {"consent": ""}, {"consent": "false"}])
def test_forged_post_against_the_lock_is_refused_and_logged(
    as_member: Any, rolf: Member, forged: dict[str, str]
) -> None:
    answer = as_member(rolf).post(more(rolf.account), {"tracking": "on"} | forged)
    assert answer.status_code == 422
    assert "This cannot be turned off in France." in answer.content.decode()
    rolf.account.refresh_from_db()
    assert (rolf.account.tracking, rolf.account.consent) == (False, True)
    [line] = lines_of(rolf.account)
    assert (line.act, line.who) == ("lock.forced", "Rolf Meyer <owner@velo.example>")


def test_locked_form_as_the_page_sends_it_saves(as_member: Any, rolf: Member) -> None:
    answer = as_member(rolf).post(more(rolf.account), FREE)
    assert answer.status_code == 302
    rolf.account.refresh_from_db()
    assert (rolf.account.tracking, rolf.account.consent) == (True, True)


def test_consent_is_free_in_the_united_states(as_member: Any, olga: Member) -> None:
    client = as_member(olga)
    client.post(more(olga.account), FREE)
    client.post(more(olga.account), {"tracking": "on"})
    olga.account.refresh_from_db()
    assert not olga.account.consent
    text = client.get(more(olga.account)).content.decode()
    assert "Locked in" not in text
    assert "Consent turned off" in text  # among the last changes


@pytest.mark.parametrize(
    "hours",
    [
        {"sending_from": "", "sending_until": "19:00"},
        {"sending_from": "25:00", "sending_until": "19:00"},
        {"sending_from": "08:00", "sending_until": "08:00"},
    ],
)
def test_sending_hours_need_two_different_times(
    as_member: Any, olga: Member, hours: dict[str, str]
) -> None:
    answer = as_member(olga).post(more(olga.account), {"hours": "on"} | hours)
    assert answer.status_code == 422
    olga.account.refresh_from_db()
    assert olga.account.sending_from is None
    assert lines_of(olga.account) == []


def test_mail_tab_saves_name_address_and_zone(as_member: Any, olga: Member) -> None:
    url = reverse("marketing:settings_mail", args=[olga.account_id])
    wanted = {
        "name": "Acme Wheels",
        "postal_address": "1 High Street, Springfield",
        "time_zone": "America/Chicago",
    }
    client = as_member(olga)
    assert client.post(url, wanted).status_code == 302
    olga.account.refresh_from_db()
    assert olga.account.name == "Acme Wheels"
    [line] = lines_of(olga.account)
    assert "Acme Bikes" in line.before
    assert "America/Chicago" in line.after
    assert client.post(url, wanted | {"time_zone": "Mars/Base"}).status_code == 422
    assert len(lines_of(olga.account)) == 1


@pytest.mark.parametrize(
    ("page", "posted"),
    [
        (
            "marketing:settings_mail",
            {"name": "Acme Bikes", "postal_address": "{address}", "time_zone": "{zone}"},
        ),
        ("marketing:settings_more", {"tracking": "on"}),
        ("marketing:settings_country", {"country": "US"}),
        ("consent:keeping", {"proof_months": "36"}),
        (
            "tracking:measuring",
            {"retention_days": "90", "utm_source": "newsletter", "utm_medium": "email"},
        ),
    ],
)
def test_saving_without_a_change_says_so_and_leaves_the_audit_log(
    as_member: Any, olga: Member, page: str, posted: dict[str, str]
) -> None:
    account = olga.account
    kept = {"address": account.postal_address, "zone": account.time_zone}
    sent = {name: value.format(**kept) for name, value in posted.items()}
    text = as_member(olga).post(reverse(page, args=[account.pk]), sent, follow=True)
    assert "Nothing changed." in text.content.decode()
    assert lines_of(account) == []


def test_nothing_of_more_can_be_saved_through_the_mail_tab(as_member: Any, rolf: Member) -> None:
    url = reverse("marketing:settings_mail", args=[rolf.account_id])
    as_member(rolf).post(
        url,
        {"name": "V", "time_zone": "UTC", "postal_address": "x", "consent": "", "country": "US"},
    )
    rolf.account.refresh_from_db()
    assert (rolf.account.consent, rolf.account.country) == (True, "FR")


def test_moving_to_a_stricter_country_tightens_at_once(as_member: Any, olga: Member) -> None:
    url = reverse("marketing:settings_country", args=[olga.account_id])
    assert as_member(olga).post(url, {"country": "FR"}).status_code == 302
    olga.account.refresh_from_db()
    assert (olga.account.country, olga.account.tracking, olga.account.consent) == (
        "FR",
        False,
        True,
    )
    [line] = lines_of(olga.account)
    assert line.before == "United States; Tracking on; Consent off; Sending hours off"
    assert line.after == "France; Tracking off; Consent on; Sending hours off"


def test_moving_to_a_freer_country_loosens_nothing_by_itself(as_member: Any, rolf: Member) -> None:
    url = reverse("marketing:settings_country", args=[rolf.account_id])
    as_member(rolf).post(url, {"country": "US"})
    rolf.account.refresh_from_db()
    assert (rolf.account.country, rolf.account.tracking, rolf.account.consent) == (
        "US",
        False,
        True,
    )
    assert as_member(rolf).post(url, {"country": "XX"}).status_code == 422


def test_more_counts_the_people_its_rules_are_about(
    as_member: Any, olga: Member, rolf: Member
) -> None:
    for member in (olga, rolf):
        with use_account(member.account):
            for number, country in enumerate(["US", "US", "DE", "FR", ""]):
                contact = make_contact(member.account, f"p{number}@example.test", country=country)
            Contact.objects.for_account(member.account).filter(pk=contact.pk).update(tracking="yes")
    text = as_member(rolf).get(more(rolf.account)).content.decode()
    assert "<strong>1 of 5</strong> contacts have said yes." in text
    assert "1 person, treated as in your own" in text
    text = as_member(olga).get(more(olga.account)).content.decode()
    assert "United States: on by default" in text
    assert "only if they said yes: 2 of your 5 contacts." in text
    assert "Contacts in 2 stricter countries (2 people) are always asked first." in text
    assert "2 keep their own country’s rule" in text


def test_last_changes_say_what_differs(as_member: Any, olga: Member) -> None:
    client = as_member(olga)
    hours = {"hours": "on", "sending_from": "09:00", "sending_until": "18:00"}
    client.post(more(olga.account), {"tracking": "on"} | hours)
    client.post(more(olga.account), {"tracking": "on"} | hours | {"sending_from": "08:00"})
    client.post(more(olga.account), hours | {"sending_from": "08:00"})
    client.post(more(olga.account), hours | {"sending_from": "08:00"})  # no change, no line
    titles = [change["title"] for change in client.get(more(olga.account)).context["changes"]]
    assert titles == [
        "Tracking turned off",
        "Sending hours 09:00–18:00 became 08:00–18:00",
        "Sending hours turned on, 09:00–18:00",
    ]


def test_drafts_that_keep_their_setting_are_counted(as_member: Any, olga: Member) -> None:
    client = as_member(olga)
    url = reverse("campaigns:kept_drafts", args=[olga.account_id])
    assert client.get(url).content.decode() == "Applies to new campaigns."
    with use_account(olga.account):
        new_campaign(olga.account, by=olga, name="One")
    assert "1 draft keeps its own setting." in client.get(url).content.decode()
    with use_account(olga.account):
        new_campaign(olga.account, by=olga, name="Two")
    assert "2 drafts keep their own setting." in client.get(url).content.decode()
