"""Members: invitations by mail, roles, leaving; the last owner stays."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketing.models import Account, AuditLine, Invitation, Member, User
from marketing.tenancy import use_account
from tests.making import PASSWORD, make_member

WORDS = {"name": "Nina Weiss", "password": "a sentence works well"}


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Mails handed over, at the far end of the bell."""
    sent: list[dict[str, str]] = []
    monkeypatch.setattr(
        "marketing.accounts.inviting.hand_over_mail", lambda **mail: sent.append(mail)
    )
    return sent


def members_url(account: Account) -> str:
    return reverse("marketing:members", args=[account.pk])


def invite(client: Client, account: Account, email: str, role: str = "editor") -> Any:
    return client.post(members_url(account), {"email": email, "role": role})


def path_in(mail: dict[str, str]) -> str:
    found = re.search(r"/invitation/\S+", mail["text"])
    assert found
    return found.group()


def acts(account: Account) -> list[str]:
    with use_account(account):
        return list(
            AuditLine.objects.for_account(account).order_by("id").values_list("act", flat=True)
        )


def invitations(account: Account) -> list[Invitation]:
    with use_account(account):
        return list(Invitation.objects.for_account(account))


def test_new_colleague_joins_by_the_mailed_link_with_the_invited_role(
    as_member: Any, olga: Member, mails: list[dict[str, str]]
) -> None:
    account = olga.account
    admin = as_member(olga)
    assert invite(admin, account, "Nina@Acme.Example", "editor").status_code == 302
    assert mails[0]["to"] == "nina@acme.example"
    assert "nina@acme.example" in admin.get(members_url(account)).content.decode()
    stranger = Client()
    path = path_in(mails[0])
    page = stranger.get(path)
    assert page.status_code == 200
    assert "Olga Petit invites you as Editor" in page.content.decode()
    assert not User.objects.filter(email="nina@acme.example").exists()
    answer = stranger.post(path, WORDS)
    assert answer.headers["Location"] == reverse("marketing:home", args=[account.pk])
    assert stranger.get(answer.headers["Location"]).status_code == 200
    nina = Member.objects.get(user__email="nina@acme.example")
    assert (nina.account_id, nina.role, nina.user.name) == (account.pk, "editor", "Nina Weiss")
    assert EmailAddress.objects.get(user=nina.user).verified
    assert invitations(account) == []
    assert acts(account) == ["member.invited", "member.joined"]
    assert Client().get(path).status_code == 404


def test_weak_password_is_said_at_the_field_and_the_name_is_kept(
    as_member: Any, olga: Member, mails: list[dict[str, str]]
) -> None:
    invite(as_member(olga), olga.account, "nina@acme.example")
    answer = Client().post(path_in(mails[0]), WORDS | {"password": "123"})
    assert answer.status_code == 422
    assert "Nina Weiss" in answer.content.decode()
    assert not User.objects.filter(email="nina@acme.example").exists()


def test_somebody_with_a_login_logs_in_and_joins_with_one_press(
    as_member: Any, olga: Member, rolf: Member, mails: list[dict[str, str]]
) -> None:
    invite(as_member(olga), olga.account, "owner@velo.example", "viewer")
    path = path_in(mails[0])
    visitor = Client()
    assert "Log in as owner@velo.example" in visitor.get(path).content.decode()
    assert visitor.post(path, WORDS).status_code == 422
    login = visitor.post(
        f"{reverse('account_login')}?next={path}",
        {"login": "owner@velo.example", "password": PASSWORD, "next": path},
    )
    assert login.headers["Location"] == path
    assert not Member.objects.filter(account=olga.account, user=rolf.user).exists()
    visitor.post(path)
    assert Member.objects.get(account=olga.account, user=rolf.user).role == "viewer"
    assert visitor.get(reverse("marketing:accounts")).status_code == 200


def test_another_login_cannot_use_the_link(
    as_member: Any, olga: Member, rolf: Member, mails: list[dict[str, str]]
) -> None:
    invite(as_member(olga), olga.account, "nina@acme.example")
    client = as_member(rolf)
    page = client.get(path_in(mails[0]))
    assert "This invitation is for nina@acme.example" in page.content.decode()
    assert client.post(path_in(mails[0]), WORDS).status_code == 422
    assert Member.objects.filter(account=olga.account).count() == 1


def test_link_taken_back_or_older_than_a_week_or_forged_is_dead(
    as_member: Any, olga: Member, mails: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_member(olga)
    invite(client, olga.account, "nina@acme.example")
    path = path_in(mails[0])
    assert Client().get(path[:-3] + "xy/").status_code == 404
    monkeypatch.setattr("marketing.accounts.inviting.LINK_LIVES", timedelta(seconds=-1))
    assert Client().post(path, WORDS).status_code == 404
    monkeypatch.undo()
    [invitation] = invitations(olga.account)
    client.post(reverse("marketing:invitation_take_back", args=[olga.account_id, invitation.pk]))
    assert Client().post(path, WORDS).status_code == 404
    assert acts(olga.account) == ["member.invited", "member.invitation_taken_back"]


def test_inviting_again_replaces_the_invitation(
    as_member: Any, olga: Member, mails: list[dict[str, str]]
) -> None:
    client = as_member(olga)
    invite(client, olga.account, "nina@acme.example", "viewer")
    invite(client, olga.account, "NINA@acme.example", "admin")
    [invitation] = invitations(olga.account)
    assert invitation.role == "admin"
    url = reverse("marketing:invitation_mail", args=[olga.account_id, invitation.pk])
    client.post(url)
    assert len(mails) == 3


def test_ended_link_is_shown_as_ended(
    as_member: Any, olga: Member, mails: list[dict[str, str]]
) -> None:
    client = as_member(olga)
    invite(client, olga.account, "nina@acme.example")
    with use_account(olga.account):
        Invitation.objects.for_account(olga.account).update(
            sent_at=timezone.now() - timedelta(days=8)
        )
    assert "Link has ended" in client.get(members_url(olga.account)).content.decode()


@pytest.mark.parametrize("email", ["viewer@acme.example", "not an address", ""])
def test_who_is_here_already_or_no_address_is_said_at_the_field(
    as_member: Any, olga: Member, rita: Member, mails: list[dict[str, str]], email: str
) -> None:
    answer = invite(as_member(olga), olga.account, email)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"email"}
    assert mails == []


def test_only_an_owner_makes_owners(
    as_member: Any, olga: Member, adam: Member, rita: Member, mails: list[dict[str, str]]
) -> None:
    role = reverse("marketing:member_role", args=[adam.account_id, rita.pk])
    client = as_member(adam)
    assert invite(client, adam.account, "nina@acme.example", "owner").status_code == 422
    assert client.post(role, {"role": "owner"}).status_code == 422
    assert client.post(role, {"role": "admin"}).status_code == 302
    rita.refresh_from_db()
    assert rita.role == "admin"
    as_member(olga).post(role, {"role": "owner"})
    rita.refresh_from_db()
    assert rita.role == "owner"
    assert acts(adam.account) == ["member.role_changed"] * 2


def test_admin_cannot_touch_an_owner(as_member: Any, olga: Member, adam: Member) -> None:
    client = as_member(adam)
    for name in ("marketing:member_role", "marketing:member_remove"):
        url = reverse(name, args=[adam.account_id, olga.pk])
        assert client.get(url).status_code == 404
        assert client.post(url, {"role": "viewer"}).status_code == 404
    olga.refresh_from_db()
    assert olga.role == "owner"


def test_last_owner_is_neither_demoted_nor_removed(as_member: Any, olga: Member) -> None:
    client = as_member(olga)
    role = reverse("marketing:member_role", args=[olga.account_id, olga.pk])
    answer = client.post(role, {"role": "admin"})
    assert answer.status_code == 422
    assert "last owner" in answer.content.decode()
    remove = reverse("marketing:member_remove", args=[olga.account_id, olga.pk])
    assert client.post(remove).status_code == 422
    assert acts(olga.account) == []
    make_member(olga.account, "second@acme.example", "owner")
    assert client.post(role, {"role": "admin"}).status_code == 302
    olga.refresh_from_db()
    assert olga.role == "admin"


def test_removed_member_is_shut_out_and_the_past_stays(
    as_member: Any, olga: Member, emil: Member
) -> None:
    url = reverse("marketing:member_remove", args=[olga.account_id, emil.pk])
    client = as_member(olga)
    assert "Remove Emil Brandt?" in client.get(url).content.decode()
    client.post(url)
    assert not Member.objects.filter(pk=emil.pk).exists()
    assert as_member(emil).get(reverse("marketing:home", args=[olga.account_id])).status_code == 404
    with use_account(olga.account):
        line = AuditLine.objects.for_account(olga.account).get()
    assert (line.act, line.before) == ("member.removed", "Editor")
    assert line.subject == "Emil Brandt <editor@acme.example>"


def test_leaving_leads_to_the_other_accounts(as_member: Any, adam: Member, olga: Member) -> None:
    url = reverse("marketing:member_remove", args=[adam.account_id, adam.pk])
    answer = as_member(adam).post(url)
    assert answer.headers["Location"] == reverse("marketing:accounts")
