"""Where the gate cannot know, nobody is mailed and nothing is recorded."""

import pytest
from django.db import connection

from consent.gate import Question, people_of_contacts, verdicts
from marketing.models import Account, CountryRule
from marketing.tenancy import use_account
from tests.making import make_contact


def judge(account: Account, account_id: int) -> list[tuple[int, str]]:
    question = Question(account_id=account_id, campaign_id=1, require_consent=False)
    with use_account(account), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT v.verdict, v.track_class FROM {verdicts(people_of_contacts('true'))} v",
            question.params(),
        )
        rows: list[tuple[int, str]] = cursor.fetchall()
        return rows


def test_without_rules_in_force_everybody_is_asked_first_and_nobody_is_tracked(
    acme: Account,
) -> None:
    with use_account(acme):
        make_contact(acme, "ana@example.test", country="US")
    assert judge(acme, acme.pk) == [(1, "N")]
    CountryRule.objects.all().delete()
    assert judge(acme, acme.pk) == [(2, "C")]


@pytest.mark.django_db
def test_the_functions_of_the_endpoint_refuse_without_rules_too() -> None:
    CountryRule.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT track_class('US', false, 'US'),"
            " may_track(true, true, track_class('US', false, 'US'), '')"
        )
        assert cursor.fetchone() == ("C", False)


def test_another_accounts_number_judges_nobody(acme: Account, velo: Account) -> None:
    with use_account(acme):
        make_contact(acme, "ana@example.test", country="US")
    assert judge(acme, velo.pk) == []
