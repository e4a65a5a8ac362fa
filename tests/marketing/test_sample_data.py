"""Sample data: two companies as promised, whose every number adds up; made once."""

from typing import ClassVar

from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from django.urls import reverse

from campaigns.models import Campaign, CampaignTotals, Chunk, Engagement, Recipient
from campaigns.recipients.states import state_sql
from consent.models import ConsentRequest, Import
from marketing.models import Account, Contact, Member, Sender, Standing, User
from marketing.tenancy import use_account

LOGINS = {
    "owner@acme.example": ("Acme Bikes", "owner"),
    "admin@acme.example": ("Acme Bikes", "admin"),
    "editor@acme.example": ("Acme Bikes", "editor"),
    "viewer@acme.example": ("Acme Bikes", "viewer"),
    "owner@velo.example": ("Vélo Lyon", "owner"),
}


def _rows_by_state(account: Account, campaign: Campaign) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {state_sql(stopped='false')} AS state, count(*) FROM recipient r"
            " WHERE account_id = %s AND campaign_id = %s GROUP BY 1",
            [account.pk, campaign.pk],
        )
        return dict(cursor.fetchall())


def _sums(account: Account, campaign: Campaign) -> dict[str, int]:
    columns = ("planned", "queued", "pending", "sent", "never", "failed", "unknown")
    chunks = Chunk.objects.for_account(account).filter(campaign_id=campaign.pk, kind="mail")
    return {name: sum(getattr(chunk, name) for chunk in chunks) for name in columns}


class TestSampleData(TestCase):
    """A class, so that the data is made once for all of them."""

    told: ClassVar[dict[str, Account]]

    @classmethod
    def setUpTestData(cls) -> None:
        call_command("sample_data", verbosity=0)
        cls.told = {account.name: account for account in Account.objects.all()}

    def test_logins_have_their_roles_and_the_password(self) -> None:
        for email, (account, role) in LOGINS.items():
            member = Member.objects.get(user__email=email)
            assert (member.account.name, member.role) == (account, role)
            assert User.objects.get(email=email).check_password("assent-demo")

    def test_accounts_stand_as_their_countries_say(self) -> None:
        acme, velo = self.told["Acme Bikes"], self.told["Vélo Lyon"]
        assert (acme.country, acme.tracking, acme.consent) == ("US", True, False)
        assert (velo.country, velo.tracking, velo.consent) == ("FR", False, True)

    def test_each_has_2_000_contacts_in_several_countries_and_states(self) -> None:
        for account in self.told.values():
            with use_account(account):
                contacts = Contact.objects.for_account(account)
                assert contacts.count() == 2000
                assert contacts.values("country").distinct().count() >= 8
                standing = Standing.objects.for_account(account)
                said = set(standing.values_list("newsletter", flat=True))
                assert {"agreed", "refused", "unsubscribed", ""} <= said
                assert standing.exclude(suppressed="").exists()

    def test_campaigns_stand_in_several_states(self) -> None:
        acme = self.told["Acme Bikes"]
        with use_account(acme):
            states = set(Campaign.objects.for_account(acme).values_list("state", flat=True))
        assert states == {"draft", "scheduled", "waiting", "paused", "finished", "stopped"}

    def test_counters_equal_the_rows_behind_them(self) -> None:
        names = {"pending": "pending_consent", "never": "never_sent"}
        for account in self.told.values():
            with use_account(account):
                for campaign in Campaign.objects.for_account(account):
                    rows = _rows_by_state(account, campaign)
                    sums = _sums(account, campaign)
                    assert sums.pop("planned") == sum(rows.values()) == sum(sums.values())
                    for column, number in sums.items():
                        assert number == rows.get(names.get(column, column), 0), campaign.name

    def test_statistics_are_those_of_the_people_who_got_it(self) -> None:
        acme = self.told["Acme Bikes"]
        with use_account(acme):
            campaign = Campaign.objects.for_account(acme).get(name="Autumn ride guide")
            totals = CampaignTotals.objects.for_account(acme).get(campaign_id=campaign.pk)
            people = Engagement.objects.for_account(acme).filter(campaign_id=campaign.pk)
            got = set(
                Recipient.objects.for_account(acme)
                .filter(campaign_id=campaign.pk, sent_at__isnull=False)
                .values_list("contact_id", flat=True)
            )
            assert totals.viewers == people.filter(opens__gt=0).count() > 20
            assert totals.clickers == people.filter(clicks__gt=0).count() > 5
            assert people.filter(opens_proxy__gt=0).exists()
            assert people.filter(clicks_machine__gt=0).exists()
            assert set(people.values_list("contact_id", flat=True)) <= got

    def test_about_a_third_viewed_and_a_few_percent_clicked(self) -> None:
        acme = self.told["Acme Bikes"]
        with use_account(acme):
            # How many readers of the younger one were awake so far depends on the hour of the day.
            for name, least in (("Autumn ride guide", 0.2), ("New gravel bikes", 0.1)):
                campaign = Campaign.objects.for_account(acme).get(name=name)
                totals = CampaignTotals.objects.for_account(acme).get(campaign_id=campaign.pk)
                sent = _sums(acme, campaign)["sent"]
                assert sent > 900
                assert least < totals.viewers / sent < 0.45, name
                assert 0.01 < totals.clickers / sent < 0.1, name

    def test_errors_and_unknown_outcomes_have_the_words_of_servers(self) -> None:
        acme = self.told["Acme Bikes"]
        with use_account(acme):
            rows = Recipient.objects.for_account(acme)
            replies = set(rows.filter(trouble="failed").values_list("reply", flat=True))
            assert len(replies) >= 4
            assert all(reply.startswith("5") for reply in replies)
            assert rows.filter(trouble="unknown").count() == 3
            assert not Sender.objects.for_account(acme).get(name="Acme Bikes workshop").verified_at

    def test_one_import_has_rows_with_errors_to_look_at(self) -> None:
        acme = self.told["Acme Bikes"]
        with use_account(acme):
            imported = Import.objects.for_account(acme).get(file_name="autumn-fair.csv")
            assert (imported.state, imported.created) == ("finished", 200)
            assert imported.errors == 7
            assert imported.created + imported.merged + imported.errors == imported.position
        self.client.force_login(User.objects.get(email="owner@acme.example"))
        page = self.client.get(reverse("consent:import_result", args=[acme.pk, imported.pk]))
        assert "Rows with errors" in page.content.decode()

    def test_mail_follows_the_yes_within_seconds(self) -> None:
        acme = self.told["Acme Bikes"]
        with use_account(acme):
            campaign = Campaign.objects.for_account(acme).get(name="Autumn ride guide")
            rows = Recipient.objects.for_account(acme).filter(
                campaign_id=campaign.pk, released_at__isnull=False, sent_at__isnull=False
            )
            times = rows.values_list("released_at", "sent_at")
            waits = [sent - released for released, sent in times if sent and released]
            assert len(waits) > 200
            assert {wait.total_seconds() for wait in waits} == {6}
            assert rows.values("released_at").distinct().count() > 200

    def test_nobody_was_asked_twice_and_silent_people_are_shown(self) -> None:
        acme = self.told["Acme Bikes"]
        with use_account(acme):
            states = set(ConsentRequest.objects.for_account(acme).values_list("state", flat=True))
            assert {"asked", "agreed", "refused", "left", "not_delivered"} <= states
            later = Campaign.objects.for_account(acme).get(name="New gravel bikes")
            reasons = Recipient.objects.for_account(acme).filter(campaign_id=later.pk)
            assert reasons.filter(verdict=3, reason="asked_no_answer").exists()

    def test_run_again_it_changes_nothing(self) -> None:
        with use_account(self.told["Acme Bikes"]):
            before = Recipient.objects.for_account(self.told["Acme Bikes"]).count()
        call_command("sample_data", verbosity=0)
        assert Account.objects.count() == 2
        with use_account(self.told["Acme Bikes"]):
            assert Recipient.objects.for_account(self.told["Acme Bikes"]).count() == before

    def test_nothing_is_due_to_be_sent_by_itself(self) -> None:
        for account in self.told.values():
            with use_account(account):
                going = Campaign.objects.for_account(account).filter(
                    state__in=["sending", "waiting"]
                )
                chunks = Chunk.objects.for_account(account).filter(
                    campaign_id__in=going.values("id"), done_at=None
                )
                assert not chunks.exists()

    def test_home_says_which_outcomes_are_to_be_settled(self) -> None:
        self.client.force_login(User.objects.get(email="owner@acme.example"))
        url = reverse("campaigns:home_fragment", args=[self.told["Acme Bikes"].pk])
        assert "Whether 3 mails arrived is not known." in self.client.get(url).content.decode()

    def test_home_of_the_owner_opens(self) -> None:
        self.client.force_login(User.objects.get(email="owner@acme.example"))
        assert (
            self.client.get(
                reverse("marketing:home", args=[self.told["Acme Bikes"].pk])
            ).status_code
            == 200
        )
