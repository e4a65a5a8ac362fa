"""Putting a consent form away, and taking it out again; the name of the one in use."""

from typing import Any

import pytest
from django.urls import reverse

from campaigns.models import Campaign
from consent.forms.versions import forms_to_choose, standard_form
from consent.models import ConsentForm
from marketing.models import Account, AuditLine, Member
from marketing.tenancy import use_account
from tests.house.one_of_each import make_one_of_each


@pytest.fixture
def used(acme: Account) -> ConsentForm:
    """An own form that the draft June uses."""
    rows = make_one_of_each(acme)
    with use_account(acme):
        return ConsentForm.objects.for_account(acme).get(pk=rows["form_id"])


def act(client: Any, name: str, form: ConsentForm) -> str:
    url = reverse(f"consent:{name}", args=[form.account_id, form.pk])
    return str(client.post(url, follow=True).content.decode())


def is_offered(form: ConsentForm) -> bool:
    with use_account(form.account_id):
        return forms_to_choose(form.account).filter(pk=form.pk).exists()


def test_form_of_an_open_campaign_stays_and_the_campaign_is_named(
    as_member: Any, adam: Member, used: ConsentForm
) -> None:
    page = act(as_member(adam), "form_put_away", used)
    assert "Our own words is used by open campaigns: June." in page
    assert is_offered(used)


@pytest.mark.parametrize("state", ["finished", "stopped"])
def test_unused_form_is_put_away_and_taken_out_with_audit_lines(
    as_member: Any, adam: Member, used: ConsentForm, state: str
) -> None:
    client, acme = as_member(adam), used.account
    with use_account(acme):
        Campaign.objects.for_account(acme).update(state=state)
    page = act(client, "form_put_away", used)
    assert "Our own words is put away." in page
    assert "Take out again" in page
    assert not is_offered(used)
    # Its versions stay readable.
    assert client.get(reverse("consent:form", args=[acme.pk, used.pk])).status_code == 200
    assert "can be chosen again" in act(client, "form_take_out", used)
    assert is_offered(used)
    with use_account(acme):
        acts = AuditLine.objects.for_account(acme).order_by("id").values_list("act", flat=True)
        assert list(acts)[-2:] == ["form.put_away", "form.taken_out"]


def test_form_of_new_campaigns_and_the_standard_form_stay(
    as_member: Any, adam: Member, used: ConsentForm
) -> None:
    acme = used.account
    with use_account(acme):
        Campaign.objects.for_account(acme).update(state="finished")
        standard = standard_form(acme)
    Account.objects.filter(pk=acme.pk).update(consent_form_id=used.pk)
    client = as_member(adam)
    assert "is chosen for new campaigns" in act(client, "form_put_away", used)
    assert "The standard form stays" in act(client, "form_put_away", standard)
    assert is_offered(used)
    assert is_offered(standard)


def test_two_forms_in_use_never_share_a_name(
    as_member: Any, adam: Member, used: ConsentForm
) -> None:
    acme, client = used.account, as_member(adam)
    with use_account(acme):
        Campaign.objects.for_account(acme).update(state="finished")
    act(client, "form_put_away", used)
    with use_account(acme):
        ConsentForm.objects.create(account=acme, name=used.name)
    assert "Rename that one first" in act(client, "form_take_out", used)
    assert not is_offered(used)


def test_settings_say_which_form_new_campaigns_begin_with(
    as_member: Any, rita: Member, used: ConsentForm
) -> None:
    acme, client = used.account, as_member(rita)
    url = reverse("consent:form_current", args=[acme.pk])
    assert client.get(url).content.decode() == "Standard consent form"
    Account.objects.filter(pk=acme.pk).update(consent_form_id=used.pk)
    assert client.get(url).content.decode() == "Our own words"
    more = client.get(reverse("marketing:settings_more", args=[acme.pk])).content.decode()
    assert url in more


def test_only_who_edits_forms_sees_and_sends_the_acts(
    as_member: Any, emil: Member, used: ConsentForm
) -> None:
    client = as_member(emil)
    page = client.get(reverse("consent:forms", args=[used.account_id])).content.decode()
    assert "Put away" not in page
    url = reverse("consent:form_put_away", args=[used.account_id, used.pk])
    assert client.post(url).status_code == 404
    assert is_offered(used)
