"""Home: five steps with one primary button, hidden or done; then what needs somebody."""

from typing import Any

import pytest
from django.urls import reverse

from campaigns.composing.drafting import new_campaign
from marketing.models import Account, AuditLine, Member
from marketing.tenancy import use_account
from tests.making import make_contact, make_sender


def home(account: Account) -> str:
    return reverse("marketing:home", args=[account.pk])


def steps_done(page: Any) -> list[bool]:
    return [step.is_done for step, _ in page.context["steps"]]


def test_each_step_is_done_by_its_act_and_then_the_card_goes(as_member: Any, rolf: Member) -> None:
    account, client = rolf.account, as_member(rolf)
    page = client.get(home(account))
    assert steps_done(page) == [True, False, False, False, False]
    assert "1 of 5 done" in page.content.decode()
    assert page.content.decode().count("btn-primary") == 1
    answer = client.post(reverse("marketing:setup_form", args=[account.pk]))
    assert answer.headers["Location"] == reverse("consent:form_first", args=[account.pk])
    shown = client.get(answer.headers["Location"], follow=True)
    assert "Standard consent form" in shown.content.decode()
    assert shown.request["PATH_INFO"] != reverse("consent:forms", args=[account.pk])
    assert steps_done(client.get(home(account))) == [True, True, False, False, False]
    with use_account(account):
        make_sender(account, "bonjour@velo.example")
        make_contact(account, "ana@example.test")
    assert steps_done(client.get(home(account))) == [True, True, True, True, False]
    account.refresh_from_db()
    with use_account(account):
        new_campaign(account, by=rolf, name="Lettre")
    text = client.get(home(account)).content.decode()
    assert "Setup" not in text
    assert "<h1>Home</h1>" in text


def test_setup_asks_for_the_postal_address_before_anything_else(
    as_member: Any, rolf: Member, emil: Member
) -> None:
    Account.objects.update(postal_address="")
    page = as_member(rolf).get(home(rolf.account))
    assert steps_done(page)[0] is False
    assert page.context["next_step"].url == reverse(
        "marketing:settings_mail", args=[rolf.account_id]
    )
    assert "Your postal address is missing" in page.content.decode()
    # An editor cannot save it, so nothing is offered.
    assert "Enter address" not in as_member(emil).get(home(emil.account)).content.decode()


def test_hiding_takes_the_card_away_for_everybody_once(
    as_member: Any, olga: Member, emil: Member
) -> None:
    client = as_member(olga)
    for _ in range(2):
        client.post(reverse("marketing:setup_hide", args=[olga.account_id]))
    assert 'id="c-setup"' not in as_member(emil).get(home(olga.account)).content.decode()
    with use_account(olga.account):
        assert AuditLine.objects.for_account(olga.account).get().act == "setup.hidden"


def test_editor_sees_the_steps_with_buttons_only_for_what_an_editor_may(
    as_member: Any, emil: Member
) -> None:
    text = as_member(emil).get(home(emil.account)).content.decode()
    assert "Verify your sender" in text
    assert reverse("marketing:setup_form", args=[emil.account_id]) not in text
    assert "Import contacts" in text
    assert "Hide setup" not in text
    assert text.count("btn-primary") == 1


@pytest.mark.parametrize(
    ("cast", "sentences"),
    [
        (
            "rolf",
            [
                "France. Consent first, tracking only with each person’s yes.",
                "Rules for France",
                "Always on. Each address is asked once.",
                "Off. You may turn it on; only people who say yes are measured.",
            ],
        ),
        (
            "olga",
            [
                "United States. Consent is your choice, tracking is your choice.",
                "Rules for the United States",
                "Off: your newsletters go out without asking first. You may turn it on.",
                "On: you see who opened and who clicked. Whoever objects is not measured.",
            ],
        ),
    ],
)
def test_rules_of_the_country_are_said_in_short(
    as_member: Any, request: pytest.FixtureRequest, cast: str, sentences: list[str]
) -> None:
    member: Member = request.getfixturevalue(cast)
    text = as_member(member).get(home(member.account)).content.decode()
    for sentence in sentences:
        assert sentence in text


def test_after_setup_home_says_what_needs_somebody_to_those_who_may_mend_it(
    as_member: Any, olga: Member, emil: Member
) -> None:
    with use_account(olga.account):
        make_sender(olga.account, "spring@acme.example", verified_at=None)
    Account.objects.filter(pk=olga.account_id).update(postal_address="")
    client = as_member(olga)
    client.post(reverse("marketing:setup_hide", args=[olga.account_id]))
    text = client.get(home(olga.account)).content.decode()
    assert "spring@acme.example is not verified" in text
    assert "Your postal address is missing" in text
    assert "is not verified" not in as_member(emil).get(home(olga.account)).content.decode()


def test_home_shows_campaigns_only_once_there_is_one(as_member: Any, rolf: Member) -> None:
    fragment = reverse("campaigns:home_fragment", args=[rolf.account_id])
    client = as_member(rolf)
    assert fragment not in client.get(home(rolf.account)).content.decode()
    with use_account(rolf.account):
        new_campaign(rolf.account, by=rolf, name="Lettre")
    assert fragment in client.get(home(rolf.account)).content.decode()
