"""Sign-up, log-in, password reset, chooser, switcher, members, audit log."""

import json
from queue import Empty
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.urls import reverse

from marketing.accounts.auditing import record
from marketing.models import Account, AuditLine, Member, Segment, Sender, User
from marketing.tenancy import use_account
from settings.celery import app
from tests.making import PASSWORD, make_member, make_sender

COMPANY = {
    "company": "Atelier Lumen",
    "country": "FR",
    "time_zone": "",
    "email": "Olga@Lumen.Example",
    "password1": "a sentence works well",
}


@pytest.fixture
def queued(django_capture_on_commit_callbacks: Any) -> Any:
    """Run an act with its commits; the mails it handed to the queue `now`."""

    def run(act: Any) -> list[dict[str, Any]]:
        with app.connection_for_read() as broker:
            queue = broker.SimpleQueue("now")
            _drain(queue)
            with django_capture_on_commit_callbacks(execute=True):
                act()
            return [mail for mail in _drain(queue) if "to" in mail]

    return run


def _drain(queue: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        try:
            task = queue.get(block=False)
        except Empty:
            return found
        found.append(json.loads(task.body)[1])
        task.ack()


def sign_up(client: Client, **changed: str) -> Any:
    return client.post(reverse("account_signup"), COMPANY | changed)


def test_signing_up_opens_an_account_with_all_it_starts_with(client: Client, db: None) -> None:
    answer = sign_up(client)
    assert answer.status_code == 302
    account = Account.objects.get(name="Atelier Lumen")
    assert (account.country, account.time_zone) == ("FR", "Europe/Paris")
    assert (account.tracking, account.consent) == (False, True)
    member = Member.objects.get(account=account)
    assert (member.user.email, member.role) == ("olga@lumen.example", "owner")
    with use_account(account):
        sender = Sender.objects.for_account(account).get()
        assert (sender.address, sender.verified_at) == ("olga@lumen.example", None)
        assert Segment.objects.for_account(account).get().kind == "everybody"
        assert AuditLine.objects.for_account(account).get().act == "account.opened"
    home = client.get(reverse("marketing:accounts"))
    assert home.headers["Location"] == reverse("marketing:home", args=[account.pk])


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("America/Chicago", "America/Chicago"),
        ("UTC", "America/New_York"),
        ("Mars/Olympus", "America/New_York"),
        ("", "America/New_York"),
    ],
)
def test_time_zone_is_the_browsers_where_it_tells_one_else_the_capitals(
    client: Client, db: None, told: str, kept: str
) -> None:
    assert sign_up(client, country="US", time_zone=told).status_code == 302
    assert Account.objects.get(name="Atelier Lumen").time_zone == kept


def test_name_is_asked_and_kept_without_what_cannot_be_seen(client: Client, db: None) -> None:
    sign_up(client, name=" Olga\u202e  Petit\x00", company="Atelier\u200b Lumen")
    assert User.objects.get().name == "Olga Petit"
    assert Account.objects.get().name == "Atelier Lumen"


def test_sign_up_says_what_each_country_means(client: Client, db: None) -> None:
    page = client.get(reverse("account_signup"))
    asked = page.context["country_sentences"]["asked_first"]
    assert "FR" in asked
    assert "US" not in asked
    assert "country-sentences" in page.content.decode()


@pytest.mark.parametrize(("data", "ends"), [({}, True), ({"remember": "on"}, False)])
def test_login_ends_with_the_browser_unless_it_is_to_be_kept(
    client: Client, db: None, olga: Member, data: dict[str, str], ends: bool
) -> None:
    assert (
        "Keep me logged in on this device" in client.get(reverse("account_login")).content.decode()
    )
    client.post(reverse("account_login"), {"login": olga.user.email, "password": PASSWORD} | data)
    assert client.session.get_expire_at_browser_close() is ends


def test_signing_up_mails_the_link_that_verifies_the_first_sender(
    client: Client, db: None, queued: Any
) -> None:
    mails = queued(lambda: sign_up(client))
    assert [mail["to"] for mail in mails] == ["olga@lumen.example"]
    path = mails[0]["text"].split(settings.SITE_URL)[1].split()[0]
    account = Account.objects.get(name="Atelier Lumen")
    assert client.get(path).status_code == 200
    with use_account(account):
        assert not Sender.objects.for_account(account).get().verified_at
    assert not EmailAddress.objects.get().verified
    client.post(path)
    with use_account(account):
        assert Sender.objects.for_account(account).get().verified_at
    assert EmailAddress.objects.get().verified


@pytest.mark.parametrize(
    ("field", "value"),
    [("country", "XX"), ("country", ""), ("company", " "), ("email", "olga"), ("password1", "12")],
)
def test_wrong_input_is_said_at_the_field_and_nothing_is_made(
    client: Client, db: None, field: str, value: str
) -> None:
    answer = sign_up(client, **{field: value})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {field}
    assert "Lumen" in answer.content.decode()
    assert not Account.objects.exists()
    assert not User.objects.exists()


def test_address_that_has_a_user_cannot_sign_up_again(client: Client, olga: Member) -> None:
    before = Account.objects.count()
    assert sign_up(client, email="owner@acme.example").status_code == 422
    assert Account.objects.count() == before


def test_log_in_works_in_any_case_and_leads_home(client: Client, olga: Member) -> None:
    answer = client.post(
        reverse("account_login"), {"login": "Owner@ACME.example", "password": PASSWORD}
    )
    assert answer.headers["Location"] == reverse("marketing:accounts")
    home = client.get(answer.headers["Location"])
    assert home.headers["Location"] == reverse("marketing:home", args=[olga.account_id])


def test_wrong_password_is_one_error_for_both_fields(client: Client, olga: Member) -> None:
    answer = client.post(
        reverse("account_login"), {"login": "owner@acme.example", "password": "wrong"}
    )
    assert answer.status_code == 422
    assert "Email and password do not match" in answer.content.decode()
    assert "owner@acme.example" in answer.content.decode()


def test_logging_out_ends_the_session(as_member: Any, olga: Member) -> None:
    client = as_member(olga)
    client.post(reverse("account_logout"))
    assert client.get(reverse("marketing:accounts")).status_code == 302


def test_password_is_reset_by_a_mailed_link(client: Client, olga: Member, queued: Any) -> None:
    mails = queued(
        lambda: client.post(
            reverse("account_reset_password"),
            {"email": "owner@acme.example"},
            headers={"host": "evil.example"},
        )
    )
    assert [mail["to"] for mail in mails] == ["owner@acme.example"]
    assert "evil.example" not in mails[0]["text"]
    path = mails[0]["text"].split(settings.SITE_URL)[1].split()[0]
    form = client.get(path, follow=True)
    client.post(
        form.redirect_chain[-1][0], {"password1": "new words here", "password2": "new words here"}
    )
    user = User.objects.get(email="owner@acme.example")
    assert user.check_password("new words here")


def test_unknown_address_gets_no_mail_and_the_same_page(
    client: Client, db: None, queued: Any
) -> None:
    answers = []
    url = reverse("account_reset_password")
    mails = queued(lambda: answers.append(client.post(url, {"email": "nobody@acme.example"})))
    assert mails == []
    assert answers[0].headers["Location"] == reverse("account_reset_password_done")


def test_member_of_two_accounts_chooses(as_member: Any, olga: Member, velo: Account) -> None:
    make_member(velo, "owner@acme.example", "viewer")
    page = as_member(olga).get(reverse("marketing:accounts"))
    assert page.status_code == 200
    for account in (olga.account, velo):
        assert reverse("marketing:home", args=[account.pk]) in page.content.decode()


def test_menu_switches_accounts_and_shows_what_the_role_may_see(
    as_member: Any, olga: Member, rita: Member, velo: Account
) -> None:
    make_member(velo, "owner@acme.example", "viewer")
    page = as_member(olga).get(reverse("marketing:settings_more", args=[olga.account_id]))
    text = page.content.decode()
    assert reverse("marketing:home", args=[velo.pk]) in text
    assert "Audit log" in text
    page = as_member(rita).get(reverse("marketing:settings_more", args=[olga.account_id]))
    assert "Audit log" not in page.content.decode()


def test_user_without_an_account_is_told_so(as_member: Any, olga: Member) -> None:
    with use_account(olga.account):
        olga.delete()
    page = as_member(olga).get(reverse("marketing:accounts"))
    assert "not a member of any account" in page.content.decode()


def test_members_page_shows_everybody_with_role(as_member: Any, olga: Member, rita: Member) -> None:
    text = (
        as_member(olga).get(reverse("marketing:members", args=[olga.account_id])).content.decode()
    )
    assert "Rita Lund" in text
    assert "viewer@acme.example" in text
    assert "owner@velo.example" not in text


def test_audit_log_pages_by_key_newest_first(as_member: Any, olga: Member) -> None:
    with use_account(olga.account):
        for number in range(60):
            record(olga.account, by=olga, act="settings.changed", subject=f"Line {number:02}")
    url = reverse("marketing:audit", args=[olga.account_id])
    client = as_member(olga)
    first = client.get(url)
    subjects = [line.subject for line, _ in first.context["lines"]]
    assert subjects == [f"Line {number:02}" for number in range(59, 9, -1)]
    second = client.get(url + first.context["next_url"])
    assert [line.subject for line, _ in second.context["lines"]] == [
        f"Line {number:02}" for number in range(9, -1, -1)
    ]
    assert "Olga Petit &lt;owner@acme.example&gt;" in first.content.decode()


def test_audit_log_shows_its_newest_page_for_an_address_it_does_not_know(
    as_member: Any, olga: Member
) -> None:
    url = reverse("marketing:audit", args=[olga.account_id])
    client = as_member(olga)
    for query in ("page=9", "before=0", "before=x", f"before={10**30}"):
        assert client.get(f"{url}?{query}").status_code == 200


def test_audit_log_costs_no_query_per_line(
    as_member: Any, olga: Member, django_assert_num_queries: Any
) -> None:
    with use_account(olga.account):
        for number in range(20):
            record(olga.account, by=olga, act="settings.changed", subject=f"Line {number}")
    client = as_member(olga)
    # session, user, member with account, savepoint, account's setting, lines, memberships,
    # setting taken back, release
    with django_assert_num_queries(9):
        client.get(reverse("marketing:audit", args=[olga.account_id]))


def test_sender_is_added_unverified_and_verified_only_by_the_mailed_link(
    as_member: Any, olga: Member, queued: Any
) -> None:
    client = as_member(olga)
    url = reverse("marketing:settings_senders", args=[olga.account_id])
    mails = queued(lambda: client.post(url, {"name": "Acme News", "address": "News@Acme.example"}))
    assert mails[0]["to"] == "News@acme.example"
    with use_account(olga.account):
        assert not Sender.objects.for_account(olga.account).get().verified_at
    assert "Not verified yet" in client.get(url).content.decode()
    path = mails[0]["text"].split(settings.SITE_URL)[1].split()[0]
    assert client.post(path[:-3] + "xy/").status_code == 404
    assert "Verify sender" in client.get(path).content.decode()
    client.post(path)
    assert "Not verified yet" not in client.get(url).content.decode()
    again = client.get(path).content.decode()
    assert "Verify sender" not in again
    assert "This sender is verified" in again
    with use_account(olga.account):
        sender = Sender.objects.for_account(olga.account).get()
    mail = reverse("marketing:sender_mail", args=[olga.account_id, sender.pk])
    assert mail not in client.get(url).content.decode()
    assert queued(lambda: client.post(mail)) == []


def test_link_of_one_account_verifies_nothing_in_another(
    as_member: Any, olga: Member, rolf: Member, queued: Any
) -> None:
    with use_account(olga.account):
        sender = make_sender(olga.account, verified_at=None)
    url = reverse("marketing:sender_mail", args=[olga.account_id, sender.pk])
    mails = queued(lambda: as_member(olga).post(url))
    path = mails[0]["text"].split(settings.SITE_URL)[1].split()[0]
    foreign = path.replace(f"/a/{olga.account_id}/", f"/a/{rolf.account_id}/")
    assert as_member(rolf).post(foreign).status_code == 404


def test_bad_sender_address_is_said_at_the_field(as_member: Any, olga: Member) -> None:
    url = reverse("marketing:settings_senders", args=[olga.account_id])
    answer = as_member(olga).post(url, {"name": "Acme", "address": "news at acme"})
    assert answer.status_code == 422
    assert "news at acme" in answer.content.decode()
