"""The editor in a second tab after the campaign was launched in the first."""

from typing import Any

from campaigns.models import Campaign
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import make_draft
from tests.campaigns.test_writing import HTMX, stored, url


def test_after_a_launch_in_another_tab_there_is_only_the_way_to_the_campaign(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    first = stored(campaign)[0]
    with use_account(acme):
        Campaign.objects.filter(pk=campaign.pk).update(state="sending")
    page = as_member(emil)
    typed = {"text": "Too late, but mine", "level": "1", "align": "start"}
    sender = {"version": "1", "name": "N", "subject": "Too late, but mine", "mine": "1"}
    for name, more, sent in (
        ("save_sender", (), sender),
        ("change_block", (first.id,), typed | {"auto": "1", "mine": "1"}),
        ("add_block", (), {"type": "text"}),
        ("remove_block", (first.id,), {}),
    ):
        for headers in (HTMX, {}):
            answer = page.post(url(name, campaign, *more), sent, **headers)
            assert answer.status_code == 422, name
            shown = answer.content.decode()
            assert shown.count("This campaign was launched meanwhile") == 1, name
            assert "Open the campaign" in shown
            assert f'href="{url("overview", campaign)}"' in shown
            assert "Keep mine" not in shown
            assert "Show the other version" not in shown
            assert "Review and launch" not in shown
            state = shown.partition('id="editor-state"')[2].partition("</span>")[0]
            assert "Sending" in state
            assert ("Too late, but mine" in shown) == ("Too late, but mine" in sent.values())
        assert page.post(url(name, campaign, *more), sent, **HTMX)["HX-Reswap"] == "outerHTML"
    assert stored(campaign)[0] == first
