"""The Settings tab of a campaign: what was chosen, as names and values."""

from campaigns.launching.showing.moments import moment
from campaigns.launching.showing.readable import readable
from campaigns.models import Campaign, CampaignSegment
from marketing.models import Account

Facts = list[tuple[str, str]]


def settled_facts(campaign: Campaign, account: Account) -> list[tuple[str, Facts]]:
    """Groups in the order of the editor's cards."""
    inside, outside = _segments(campaign)
    until = campaign.keep_sending_until
    return [
        ("Recipients", [("Gets it", inside or "Nobody"), ("Left out", outside or "Nobody")]),
        (
            "Sender and subject",
            [
                ("Sender", str(campaign.sender or "Not chosen")),
                ("Replies go to", campaign.reply_to or "Same as sender"),
                ("Subject", readable(campaign.subject) or "Not written"),
                ("Preheader", campaign.preheader or "None"),
            ],
        ),
        (
            "More",
            [
                ("Track email reads", _on(campaign.track_opens)),
                ("Track link clicks in outgoing emails", _on(campaign.track_clicks)),
                ("Require newsletter consent", _on(campaign.require_consent)),
                (
                    "Consent to receive the newsletter",
                    campaign.consent_form.name if campaign.consent_form else "Not chosen",
                ),
                ("Wait for an answer", f"{campaign.waiting_days} days"),
                (
                    "Keep sending to people who join these segments later",
                    f"Until {until.day} {until:%b %Y}"
                    if campaign.keep_sending and until
                    else "Off",
                ),
            ],
        ),
        ("Time", [("Scheduled for", moment(campaign.scheduled_at, account.time_zone) or "Now")]),
    ]


def _segments(campaign: Campaign) -> tuple[str, str]:
    rows = (
        CampaignSegment.objects.for_account(campaign.account_id)
        .filter(campaign=campaign)
        .order_by("segment__name")
        .values_list("segment__name", "side")
    )
    sides = {side: [name for name, its in rows if its == side] for side in ("in", "out")}
    return ", ".join(sides["in"]), ", ".join(sides["out"])


def _on(value: bool) -> str:
    return "On" if value else "Off"
