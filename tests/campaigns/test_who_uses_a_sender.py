"""Which members may use a sender: on its page, when it is chosen, launched with and tested."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from campaigns.launching.launch import NotLaunchable, launch, launch_due
from campaigns.models import Campaign, TestSend
from marketing.models import Account, AuditLine, Member, Sender, SenderMember
from marketing.senders.using import may_use
from marketing.tenancy import use_account
from tests.campaigns.launching_making import make_draft
from tests.making import make_member, make_sender


@pytest.fixture
def olgas(acme: Account, olga: Member) -> Sender:
    """A sender that only Olga may use."""
    with use_account(acme):
        sender = make_sender(acme, "olga@acme.example", everyone=False)
        SenderMember.objects.create(account=acme, sender=sender, member=olga)
    return sender


def stored(campaign: Campaign) -> Campaign:
    with use_account(campaign.account_id):
        return Campaign.objects.for_account(campaign.account_id).get(pk=campaign.pk)


def test_a_role_alone_lets_nobody_in(
    acme: Account, olgas: Sender, olga: Member, adam: Member, emil: Member
) -> None:
    with use_account(acme):
        assert [may_use(olgas, member) for member in (olga, adam, emil, None)] == [
            True,
            False,
            False,
            False,
        ]


class TestChoosing:
    def test_only_ones_own_senders_are_offered_and_the_one_that_is_chosen(
        self, acme: Account, olgas: Sender, olga: Member, emil: Member, as_member: Any
    ) -> None:
        campaign = make_draft(acme, emil, sender=None)
        url = reverse("campaigns:editor", args=[acme.pk, campaign.pk])
        assert "olga@acme.example" not in as_member(emil).get(url).content.decode()
        assert "olga@acme.example" in as_member(olga).get(url).content.decode()
        with use_account(acme):
            Campaign.objects.for_account(acme).filter(pk=campaign.pk).update(sender=olgas)
        assert "olga@acme.example" in as_member(emil).get(url).content.decode()

    def test_a_forged_choice_is_404_and_changes_nothing(
        self, acme: Account, olgas: Sender, olga: Member, emil: Member, as_member: Any
    ) -> None:
        campaign = make_draft(acme, emil, sender=None)
        url = reverse("campaigns:save_sender", args=[acme.pk, campaign.pk])
        given = {"version": campaign.version, "name": "x", "sender": olgas.pk}
        assert as_member(emil).post(url, given).status_code == 404
        assert stored(campaign).sender_id is None
        assert as_member(olga).post(url, given).status_code == 302
        assert stored(campaign).sender_id == olgas.pk
        # What Olga chose may stay while Emil writes on.
        given = {"version": stored(campaign).version, "name": "y", "sender": olgas.pk}
        assert as_member(emil).post(url, given).status_code == 302


class TestLaunching:
    def test_nobody_else_launches_or_schedules_with_it(
        self, acme: Account, olgas: Sender, olga: Member, emil: Member, as_member: Any
    ) -> None:
        campaign = make_draft(acme, emil, sender=olgas)
        for at in (None, timezone.now() + timedelta(hours=1)):
            with pytest.raises(NotLaunchable, match="Choose another sender"):
                launch(campaign, by=emil, at=at)
        url = reverse("campaigns:launch", args=[acme.pk, campaign.pk])
        assert "Choose another sender" in as_member(emil).get(url).content.decode()
        assert as_member(emil).post(url, {"when": "now"}).status_code == 422
        assert stored(campaign).state == Campaign.State.DRAFT
        launch(campaign, by=olga)
        assert stored(campaign).state == Campaign.State.PREPARING

    @pytest.mark.parametrize("goes", [False, True], ids=["not named", "removed"])
    def test_a_schedule_is_held_when_its_member_may_no_longer(
        self, acme: Account, olgas: Sender, emil: Member, goes: bool
    ) -> None:
        second = make_member(acme, "second@acme.example", "editor", name="Sara")
        with use_account(acme):
            SenderMember.objects.create(account=acme, sender=olgas, member=second)
        campaign = make_draft(acme, emil, sender=olgas)
        launch(campaign, by=second, at=timezone.now() + timedelta(hours=1))
        with use_account(acme):
            past = timezone.now() - timedelta(minutes=1)
            Campaign.objects.for_account(acme).filter(pk=campaign.pk).update(scheduled_at=past)
            if goes:
                Member.objects.filter(pk=second.pk).delete()
            else:
                SenderMember.objects.for_account(acme).filter(member=second).delete()
        launch_due(acme.pk, campaign.pk)
        found = stored(campaign)
        assert found.state == Campaign.State.PAUSED
        assert "let you use olga@acme.example" in found.paused_why


def test_nobody_else_tests_with_it(
    acme: Account, olgas: Sender, olga: Member, emil: Member, as_member: Any
) -> None:
    campaign = make_draft(acme, emil, sender=olgas)
    EmailAddress.objects.create(user=emil.user, email=emil.user.email, verified=True)
    url = reverse("campaigns:send_test", args=[acme.pk, campaign.pk])
    given = {"addresses": [emil.user.email]}
    client, said = as_member(emil), "have an admin let you use olga@acme.example."
    assert client.post(url, given).status_code == 404
    with use_account(acme):
        assert not TestSend.objects.for_account(acme).exists()
    # An older page still leads there: it says why, and has nothing to press.
    dialog = client.get(url).content.decode()
    assert said in dialog
    assert 'type="submit">' not in dialog.partition("<main")[2]
    editor = client.get(reverse("campaigns:editor", args=[acme.pk, campaign.pk])).content.decode()
    assert said in editor
    assert f'href="{url}"' not in editor
    with use_account(acme):
        open_to_all = make_sender(acme, "all@acme.example")
    saved = client.post(
        reverse("campaigns:save_sender", args=[acme.pk, campaign.pk]),
        {"version": stored(campaign).version, "name": "x", "sender": open_to_all.pk},
        HTTP_HX_REQUEST="true",
    ).content.decode()
    assert f'href="{url}"' in saved, "with another sender the way is open, at once"
    assert said not in saved
    with use_account(acme):
        Campaign.objects.for_account(acme).filter(pk=campaign.pk).update(sender=olgas)
    assert as_member(olga).post(url, given).status_code == 302


class TestPage:
    def url(self, sender: Sender) -> str:
        return reverse("marketing:settings_sender", args=[sender.account_id, sender.pk])

    def test_an_admin_says_who_may_with_one_line_in_the_audit_log(
        self, acme: Account, adam: Member, emil: Member, rita: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            sender = make_sender(acme)
        client = as_member(adam)
        page = client.get(self.url(sender)).content.decode()
        assert "Emil Brandt (Editor)" in page
        assert "Rita Lund (Viewer)" not in page
        given = {
            "name": "Acme News",
            "reply_to": "hello@acme.example",
            "everyone": "no",
            "members": [emil.pk],
        }
        for _ in range(2):
            assert client.post(self.url(sender), given).status_code == 302
        with use_account(acme):
            sender.refresh_from_db()
            assert (sender.name, sender.reply_to) == ("Acme News", "hello@acme.example")
            assert may_use(sender, emil)
            assert not may_use(sender, adam)
            (line,) = AuditLine.objects.for_account(acme).filter(act="sender.changed")
        assert line.before == "Acme Bikes; replies to itself; used by everyone"
        assert line.after == "Acme News; replies to hello@acme.example; used by Emil Brandt"
        listed = reverse("marketing:settings_senders", args=[acme.pk])
        text = client.get(listed).content.decode()
        assert "Replies go to hello@acme.example" in text
        assert "Emil Brandt" in text

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"members": []}, "Tick at least one member."),
            ({"reply_to": "nobody"}, "There is no @ sign."),
            ({"members": ["999999999"]}, "Select a valid choice."),
            ({"name": ""}, "This field is required."),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(
        self, acme: Account, adam: Member, as_member: Any, wrong: dict[str, Any], said: str
    ) -> None:
        with use_account(acme):
            sender = make_sender(acme)
        given = {"name": "A", "reply_to": "", "everyone": "no", "members": [adam.pk]} | wrong
        answer = as_member(adam).post(self.url(sender), given)
        assert answer.status_code == 422
        assert said in answer.content.decode()

    def test_an_editor_changes_nothing(self, acme: Account, emil: Member, as_member: Any) -> None:
        with use_account(acme):
            sender = make_sender(acme)
        assert as_member(emil).get(self.url(sender)).status_code == 404
        given = {"name": "Mine", "everyone": "yes"}
        assert as_member(emil).post(self.url(sender), given).status_code == 404
