"""Several versions of the country policy: previewed, loaded, applied on their day, never looser."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign
from consent import gate
from marketing.audience.noticing import notice_everywhere
from marketing.models import Account, Contact, Member, RulesVersion
from marketing.rules.foreseeing import changes_of_version
from marketing.rules.policy import DATA, read_policy
from marketing.rules.versions import in_force, policy_in_force
from marketing.tenancy import use_account
from tests.making import make_contact

STRICTER = {"optin": "RS", "consent_default": "on", "consent_locked": "1"}
FREER = {"optin": "OO", "consent_default": "off", "consent_locked": "0"}


def policy_file(folder: Path, name: str = "next", **countries: dict[str, str]) -> Path:
    """Today's rules with some countries changed."""
    with (DATA / "country-policy-2026-11-25.csv").open(encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    path = folder / f"country-policy-{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, rows[0].keys())
        writer.writeheader()
        writer.writerows(row | countries.get(row["cc"], {}) for row in rows)
    return path


def rules(*arguments: Any) -> str:
    said = StringIO()
    call_command("country_rules", *map(str, arguments), stdout=said)
    return said.getvalue()


def load(path: Path, *, days: int = 0) -> RulesVersion:
    day = timezone.now().date() + timedelta(days=days)
    rules("load", path, "--from", day.isoformat(), "--source", "A test")
    return RulesVersion.objects.get(name=path.stem.removeprefix("country-policy-"))


def make_campaign(account: Account, **fields: Any) -> Campaign:
    defaults = {"track_opens": False, "track_clicks": False, "require_consent": False}
    made: Campaign = Campaign.objects.create(account=account, **(defaults | fields))
    return made


def verdict(account: Account, contact: Contact, **question: Any) -> tuple[int, str]:
    asked = gate.Question(account_id=account.pk, campaign_id=0, require_consent=False, **question)
    people = gate.people_of_contacts("c.id = %(contact)s")
    with use_account(account), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT verdict, reason FROM {gate.verdicts(people)} v",
            asked.params() | {"contact": contact.pk},
        )
        row = cursor.fetchone()
    return row[0], row[1]


def test_the_preview_tells_what_would_change_and_changes_nothing(
    acme: Account, velo: Account, tmp_path: Path
) -> None:
    with use_account(acme):
        for number, country in enumerate(["US", "US", "BR", "FR", ""]):
            make_contact(acme, f"p{number}@example.test", country=country)
        for state in ("draft", "scheduled", "sending", "waiting", "finished"):
            make_campaign(acme, state=state, name=state)
    said = rules("preview", policy_file(tmp_path, US=STRICTER))
    assert "Acme Bikes (US)" in said
    assert "Consent to receive newsletters is locked on in the United States." in said
    assert "4 people must agree before the next newsletter." in said
    assert "drafts 1, scheduled 1, running 2." in said
    assert "1 of 2 accounts would change." in said
    assert "Vélo" not in said
    assert RulesVersion.objects.count() == 1


def test_a_loaded_version_applies_on_its_day_by_itself(acme: Account, tmp_path: Path) -> None:
    with use_account(acme):
        bo = make_contact(acme, "bo@example.test", country="US")
    load(policy_file(tmp_path, "later", US=STRICTER), days=30)
    assert verdict(acme, bo) == (gate.SEND, "no_consent_needed")
    load(policy_file(tmp_path, "today", US=STRICTER))
    assert verdict(acme, bo) == (gate.ASK, "asked_now")
    current = in_force()
    assert current is not None
    assert current.name == "today"
    assert policy_in_force().rule_for("US").consent_locked


def test_a_running_campaign_is_tightened_and_never_loosened(
    acme: Account, velo: Account, tmp_path: Path
) -> None:
    old = in_force()
    assert old is not None
    with use_account(acme):
        bo = make_contact(acme, "bo@example.test", country="US")
    with use_account(velo):
        lea = make_contact(velo, "lea@example.test", country="FR")
    load(policy_file(tmp_path, "today", US=STRICTER, FR=FREER))
    frozen = {"frozen_rules_version_id": old.pk}
    assert verdict(acme, bo, frozen_country="US", **frozen) == (gate.ASK, "asked_now")
    assert verdict(velo, lea, frozen_country="FR", **frozen) == (gate.ASK, "asked_now")
    assert verdict(velo, lea) == (gate.SEND, "no_consent_needed")


def test_the_same_file_again_changes_nothing_and_another_is_refused(
    db: None, tmp_path: Path
) -> None:
    path = policy_file(tmp_path, US=STRICTER)
    load(path, days=3)
    load(path, days=3)
    assert RulesVersion.objects.count() == 2
    with pytest.raises(CommandError, match="another one"):
        load(policy_file(tmp_path, US=FREER, FR=FREER), days=3)
    with pytest.raises(CommandError, match="Another version begins"):
        load(policy_file(tmp_path, "other", FR=FREER), days=3)
    with pytest.raises(CommandError, match="before today"):
        load(policy_file(tmp_path, "old", FR=FREER), days=-1)
    with pytest.raises(CommandError, match="does not follow"):
        load(policy_file(tmp_path, "odd", FR={"consent_locked": "0"}), days=9)


def test_the_list_marks_the_version_in_force(db: None, tmp_path: Path) -> None:
    load(policy_file(tmp_path, US=STRICTER), days=3)
    first, second = rules().splitlines()
    assert "2026-11-25" in first
    assert "in force" in first
    assert "next" in second
    assert "in force" not in second


def test_more_shows_admins_what_a_coming_version_changes(
    acme: Account, adam: Member, emil: Member, as_member: Any, tmp_path: Path
) -> None:
    url = f"/a/{acme.pk}/settings/more/"
    assert "New rules from" not in as_member(adam).get(url).content.decode()
    load(
        policy_file(tmp_path, US=STRICTER | {"track_class": "C", "tracking_default": "off"}), days=9
    )
    page = as_member(adam).get(url).content.decode()
    assert "New rules from" in page
    assert "Consent to receive newsletters is locked on in the United States." in page
    assert "measured only for people who said yes themselves" in page
    assert "New rules from" not in as_member(emil).get(url).content.decode()


def test_a_country_that_becomes_class_c_makes_unknown_contacts_strict(
    acme: Account, tmp_path: Path
) -> None:
    with use_account(acme):
        make_contact(acme, "bo@example.test", country="US")
    assert notice_everywhere() == 0
    load(policy_file(tmp_path, US={"track_class": "C", "tracking_default": "off"}))
    assert notice_everywhere() == 1
    acme.refresh_from_db()
    assert acme.strict_unknown


def test_the_owner_sees_what_moving_changes_before_moving(
    acme: Account, olga: Member, as_member: Any
) -> None:
    with use_account(acme):
        for number in range(3):
            make_contact(acme, f"p{number}@example.test", country="US")
        make_campaign(acme, state="sending", name="Runs")
    client, url = as_member(olga), f"/a/{acme.pk}/settings/country/"
    assert "What changes in" not in client.get(url).content.decode()
    page = client.get(f"{url}?country=FR").content.decode()
    assert "What changes in France" in page
    assert "Tracking is switched off until you turn it on again." in page
    assert "3 people must agree before the next newsletter." in page
    assert "1 running campaign keeps the stricter of both rules" in page
    acme.refresh_from_db()
    assert acme.country == "US"
    assert client.get(f"{url}?country=XX").status_code == 422
    client.post(url, {"country": "FR"})
    acme.refresh_from_db()
    assert acme.country == "FR"


def test_moving_back_unlocks_and_says_so(velo: Account, rolf: Member, as_member: Any) -> None:
    page = as_member(rolf).get(f"/a/{velo.pk}/settings/country/?country=US").content.decode()
    assert "becomes your choice in the United States" in page


def test_the_same_rules_change_nothing(acme: Account) -> None:
    with use_account(acme):
        make_contact(acme, "bo@example.test", country="US")
        same = read_policy(DATA / "country-policy-2026-11-25.csv", name="same")
        changes = changes_of_version(acme, old=policy_in_force(), new=same)
    assert not changes.any
    assert changes.sentences() == []
