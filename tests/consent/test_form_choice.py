"""The consent form new campaigns begin with: chosen by owner and admin, in the audit log."""

from typing import Any

from django.urls import reverse

from campaigns.composing.drafting import new_campaign
from marketing.models import AuditLine, Member
from marketing.tenancy import use_account
from tests.house.one_of_each import make_one_of_each


def test_chosen_form_is_the_one_new_campaigns_begin_with(as_member: Any, olga: Member) -> None:
    account = olga.account
    rows = make_one_of_each(account)
    url = reverse("consent:form_choice", args=[account.pk])
    answer = as_member(olga).post(url, {"form": str(rows["form_id"])})
    assert answer.headers["Location"] == reverse("marketing:settings_more", args=[account.pk])
    account.refresh_from_db()
    with use_account(account):
        assert new_campaign(account, by=olga, name="July").consent_form_id == rows["form_id"]
        line = AuditLine.objects.for_account(account).latest("id")
    assert (line.before, line.after) == ("Standard consent form", "Our own words")


def test_choosing_the_form_that_is_chosen_changes_nothing(as_member: Any, olga: Member) -> None:
    url = reverse("consent:form_choice", args=[olga.account_id])
    client = as_member(olga)
    standard = client.get(url).context["form"].initial["form"]
    assert "Nothing changed." in client.post(url, {"form": standard}, follow=True).content.decode()
    with use_account(olga.account):
        assert not AuditLine.objects.for_account(olga.account).exists()


def test_form_of_another_account_cannot_be_chosen(
    as_member: Any, olga: Member, rolf: Member
) -> None:
    rows = make_one_of_each(rolf.account)
    url = reverse("consent:form_choice", args=[olga.account_id])
    assert as_member(olga).post(url, {"form": str(rows["form_id"])}).status_code == 422
    olga.account.refresh_from_db()
    assert olga.account.consent_form_id is None
