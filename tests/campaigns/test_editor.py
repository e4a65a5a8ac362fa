"""The editor: cards that save by themselves, locks that hold on the server, nothing typed lost."""

import html
import re
from typing import Any

from django.urls import reverse

from campaigns.composing import blocks
from campaigns.launching.launch import launch
from campaigns.models import Campaign, CampaignSegment
from consent.models import ConsentRequest
from marketing.models import Account, AuditLine, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import (
    give_standing,
    launched,
    make_draft,
    make_people,
    states,
)
from tests.making import make_segment


def url(name: str, campaign: Campaign, *more: Any) -> str:
    return reverse(f"campaigns:{name}", args=[campaign.account_id, campaign.pk, *more])


def now_of(campaign: Campaign) -> Campaign:
    with use_account(campaign.account_id):
        found: Campaign = Campaign.objects.for_account(campaign.account_id).get(pk=campaign.pk)
    return found


def more_of(campaign: Campaign, **changed: Any) -> dict[str, Any]:
    fields = {
        "version": campaign.version,
        "consent_form": campaign.consent_form_id,
        "waiting_days": 30,
        "require_consent": "on",
    } | changed
    return {name: value for name, value in fields.items() if value is not None}


def test_an_editor_names_a_campaign_and_lands_in_its_editor(
    as_member: Any, acme: Account, emil: Member
) -> None:
    page = as_member(emil)
    address = reverse("campaigns:new_campaign", args=[acme.pk])
    assert page.get(address).status_code == 200
    refused = page.post(address, {"name": ""})
    assert refused.status_code == 422
    made = page.post(address, {"name": "Winter"})
    with use_account(acme):
        campaign = Campaign.objects.for_account(acme).get()
    assert made.url == url("editor", campaign)
    assert (campaign.track_opens, campaign.track_clicks) == (acme.tracking, acme.tracking)
    assert campaign.consent_form_id
    shown = page.get(made.url)
    assert shown.status_code == 200
    for label in ("Recipients", "Sender and subject", "Content", "More", "Who gets what", "Checks"):
        assert label in shown.content.decode()


def test_a_french_draft_starts_with_tracking_off_and_consent_locked(
    as_member: Any, velo: Account, rolf: Member
) -> None:
    campaign = make_draft(velo, rolf)
    assert not campaign.track_opens
    assert not campaign.track_clicks
    assert campaign.require_consent
    shown = as_member(rolf).get(url("editor", campaign)).content.decode()
    assert "Locked in France" in shown
    settings = reverse("marketing:settings_more", args=[velo.pk])
    where = f'Tracking is off for the whole account. <a class="line-link" href="{settings}">'
    assert where in shown
    saved = as_member(rolf).post(
        url("save_more", campaign), more_of(campaign), HTTP_HX_REQUEST="true"
    )
    assert where in saved.content.decode()


def test_a_viewer_neither_sees_nor_saves_the_editor(
    as_member: Any, acme: Account, emil: Member, rita: Member
) -> None:
    campaign = make_draft(acme, emil)
    page = as_member(rita)
    assert page.get(url("editor", campaign)).status_code == 404
    sent = {"version": campaign.version, "name": "Forged", "subject": "Forged"}
    assert page.post(url("save_sender", campaign), sent).status_code == 404
    assert now_of(campaign).name == campaign.name


def test_the_card_recipients_saves_segments_in_and_out(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 2)
    campaign = make_draft(acme, emil)
    with use_account(acme):
        everybody = campaign.segment_rows.for_account(acme).get().segment_id
        out = make_segment(acme, "Out", kind="fixed")
    sent = {"version": 1, "segments_in": [everybody], "segments_out": [out.pk]}
    assert as_member(emil).post(url("save_recipients", campaign), sent).status_code == 302
    with use_account(acme):
        rows = set(CampaignSegment.objects.for_account(acme).values_list("segment__name", "side"))
    assert rows == {("Everybody", "in"), ("Out", "out")}


def test_another_accounts_segment_is_refused(
    as_member: Any, acme: Account, emil: Member, velo: Account
) -> None:
    with use_account(velo):
        foreign = make_segment(velo)
    campaign = make_draft(acme, emil)
    sent = {"version": 1, "segments_in": [foreign.pk]}
    answer = as_member(emil).post(url("save_recipients", campaign), sent)
    assert answer.status_code == 422
    assert now_of(campaign).version == 1


def test_the_card_sender_saves_and_keeps_what_was_typed_when_it_is_wrong(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    page = as_member(emil)
    sent = {
        "version": 1,
        "name": "Renamed",
        "sender": campaign.sender_id,
        "reply_to": "not an address",
        "subject": "Typed <b>subject</b>",
    }
    answer = page.post(url("save_sender", campaign), sent)
    assert answer.status_code == 422
    assert "Typed &lt;b&gt;subject&lt;/b&gt;" in answer.content.decode()
    assert page.post(url("save_sender", campaign), sent | {"reply_to": ""}).status_code == 302
    assert now_of(campaign).subject == "Typed <b>subject</b>"


def test_with_script_only_what_follows_from_a_save_comes_back(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    sent = {"version": 1, "name": "A", "sender": campaign.sender_id, "subject": "S"}
    answer = as_member(emil).post(url("save_sender", campaign), sent, HTTP_HX_REQUEST="true")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in text
    for part in ('id="head-sender"', 'id="who"', 'id="checks"', 'id="saved"'):
        assert part in text
    assert 'id="version-more" value="2"' in text
    assert 'id="version-sender" value="2"' in text
    # The card itself stays: somebody may be typing into its next field.
    assert 'id="card-sender"' not in text
    assert answer["HX-Reswap"] == "none"


def test_with_script_a_wrong_card_comes_back_and_is_drawn_anew_when_it_is_right(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    page = as_member(emil)
    sent = {"version": 1, "name": "", "sender": campaign.sender_id, "subject": "Typed"}
    wrong = page.post(url("save_sender", campaign), sent, HTTP_HX_REQUEST="true")
    assert wrong.status_code == 422
    assert "HX-Reswap" not in wrong
    assert 'name="had_errors"' in wrong.content.decode()
    sent |= {"name": "Named", "had_errors": "1"}
    right = page.post(url("save_sender", campaign), sent, HTTP_HX_REQUEST="true")
    assert right.status_code == 200
    assert 'id="card-sender"' in right.content.decode()
    assert "HX-Reswap" not in right


def test_two_tabs_the_second_is_told_and_its_words_stay(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    page = as_member(emil)
    sent = {"version": 1, "name": "First tab", "sender": campaign.sender_id, "subject": "One"}
    page.post(url("save_sender", campaign), sent)
    answer = page.post(url("save_sender", campaign), sent | {"name": "Second tab"})
    assert answer.status_code == 422
    assert "You changed this in another tab at" in answer.content.decode()
    assert "Keep mine" in answer.content.decode()
    assert "Second tab" in answer.content.decode()
    assert now_of(campaign).name == "First tab"
    assert (
        page.post(
            url("save_sender", campaign), sent | {"name": "Second tab", "version": 2}
        ).status_code
        == 302
    )
    assert now_of(campaign).name == "Second tab"


def test_a_forged_form_can_not_turn_consent_off_in_a_locked_country(
    as_member: Any, velo: Account, rolf: Member
) -> None:
    campaign = make_draft(velo, rolf)
    sent = more_of(campaign, require_consent=None, waiting_days=7)
    answer = as_member(rolf).post(url("save_more", campaign), sent)
    assert answer.status_code == 422
    assert "This cannot be turned off in France." in answer.content.decode()
    stored = now_of(campaign)
    assert stored.require_consent
    assert stored.waiting_days == 30
    with use_account(velo):
        assert AuditLine.objects.for_account(velo).filter(act="lock.forced").count() == 1


def test_a_forged_form_can_not_track_while_the_account_does_not(
    as_member: Any, velo: Account, rolf: Member
) -> None:
    campaign = make_draft(velo, rolf)
    sent = more_of(campaign, track_opens="on")
    answer = as_member(rolf).post(url("save_more", campaign), sent)
    assert answer.status_code == 422
    assert not now_of(campaign).track_opens


def test_where_nothing_is_locked_consent_may_be_on_or_off(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    page = as_member(emil)
    assert page.post(url("save_more", campaign), more_of(campaign)).status_code == 302
    stored = now_of(campaign)
    assert stored.require_consent
    assert not stored.track_opens
    page.post(url("save_more", campaign), more_of(stored, require_consent=None, track_opens="on"))
    stored = now_of(campaign)
    assert not stored.require_consent
    assert stored.track_opens


def test_waiting_is_one_to_sixty_days(as_member: Any, acme: Account, emil: Member) -> None:
    campaign = make_draft(acme, emil)
    for days in (0, 61, "many"):
        sent = more_of(campaign, waiting_days=days)
        assert as_member(emil).post(url("save_more", campaign), sent).status_code == 422
    assert now_of(campaign).waiting_days == 30


def test_keep_sending_ends_after_thirty_days_unless_said(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    page = as_member(emil)
    page.post(url("save_more", campaign), more_of(campaign, keep_sending="on"))
    stored = now_of(campaign)
    assert stored.keep_sending
    assert stored.keep_sending_until is not None
    sent = more_of(stored, keep_sending="on", keep_sending_until="2031-01-01")
    assert page.post(url("save_more", campaign), sent).status_code == 422


def test_blocks_are_added_changed_moved_and_removed(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    page = as_member(emil)
    assert page.post(url("add_block", campaign), {"type": "heading"}).status_code == 302
    document = blocks.document_from(now_of(campaign).content)
    new = document.blocks[-1]
    wrong = page.post(url("change_block", campaign, new.id), {"text": "", "level": "1"})
    assert wrong.status_code == 422
    good = {"text": "Hello <you>", "level": "2", "align": "left"}
    assert page.post(url("change_block", campaign, new.id), good).status_code == 302
    page.post(url("move_block", campaign), {"block": new.id, "position": "0"})
    document = blocks.document_from(now_of(campaign).content)
    assert document.blocks[0].props["text"] == "Hello <you>"
    page.post(url("duplicate_block", campaign, new.id))
    page.post(url("remove_block", campaign, new.id))
    after = blocks.document_from(now_of(campaign).content)
    assert len(after.blocks) == len(document.blocks)
    assert page.post(url("remove_block", campaign, "gone")).status_code == 404


def test_the_preview_has_its_own_policy_and_shows_a_sample_person(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    shown = as_member(emil).get(url("preview", campaign, "desktop"))
    assert "sandbox" in shown["Content-Security-Policy"]
    assert "script-src" not in shown["Content-Security-Policy"]
    assert "Hello Ana" in shown.content.decode()
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    text = as_member(emil).get(url("preview", campaign, "text"))
    assert text["Content-Type"].startswith("text/plain")


def test_a_launched_campaign_is_read_only(as_member: Any, acme: Account, emil: Member) -> None:
    make_people(acme, 1)
    campaign = make_draft(acme, emil)
    launch(campaign, by=emil)
    page = as_member(emil)
    sent = {"version": campaign.version, "name": "Late", "subject": "Late"}
    answer = page.post(url("save_sender", campaign), sent)
    assert answer.status_code == 422
    assert now_of(campaign).name != "Late"
    assert page.get(url("editor", campaign)).status_code == 302


def test_the_chooser_shows_what_people_are_asked(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    page = as_member(emil)
    shown = page.get(url("choose_form", campaign)).content.decode()
    assert "Use this form" in shown
    assert "Standard consent form" in shown
    sent = {"form": campaign.consent_form_id}
    used = page.post(url("choose_form", campaign), sent)
    assert used.url == url("editor", campaign) + "#card-more"


def test_the_chooser_shows_one_language_as_page_or_mail_inside_of_its_dialog(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign, page = make_draft(acme, emil), as_member(emil)
    asked = {"form": campaign.consent_form_id, "language": "fr"}
    shown = page.get(url("choose_form", campaign), asked, HTTP_HX_REQUEST="true").content.decode()
    assert "<dialog" in shown
    assert '<article class="shown" lang="fr"' in shown
    assert shown.count('<article class="shown"') == 1
    # The dialog stands on the editor's page: a bare "?" would ask that page.
    assert 'hx-get="?' not in shown
    mail = page.get(url("choose_form", campaign), asked | {"as": "mail"}).content.decode()
    assert "<dialog" not in mail
    [frame] = re.findall(r'<iframe[^>]* src="([^"]+)"', mail)
    assert page.get(html.unescape(frame)).status_code == 200


def test_the_chooser_says_who_reads_another_language(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil, require_consent=True)
    make_people(acme, 2, language="en")
    make_people(acme, 1, language="eo")
    shown = as_member(emil).get(url("choose_form", campaign)).content.decode()
    said = "1 of 3 people reads another language. They are asked in the language of their country"
    assert f"{said}, else in English." in shown


def test_the_chooser_names_the_language_that_the_last_ones_are_asked_in(
    as_member: Any, velo: Account, rolf: Member
) -> None:
    """An account in France asks in French whoever's language and country the form lacks."""
    campaign = make_draft(velo, rolf, require_consent=True)
    make_people(velo, 1, language="ja", country="JP")
    shown = as_member(rolf).get(url("choose_form", campaign)).content.decode()
    assert "else in Français." in shown
    launched(campaign, rolf)
    with use_account(velo):
        request = ConsentRequest.objects.for_account(velo).get()
        assert request.text_version.language == "fr"


def test_who_gets_what_counts_tracking_strictness_and_doubtful_countries(
    as_member: Any, velo: Account, rolf: Member
) -> None:
    make_people(velo, 2, country="FR")
    make_people(velo, 1, country="DE")
    make_people(velo, 1, country="")
    campaign = make_draft(velo, rolf)
    shown = as_member(rolf).get(url("editor", campaign)).content.decode()
    assert "are asked first" in shown
    assert "1 person has no country. They are treated as strictly as France." in shown
    assert "Even asking is doubtful for 1 person" in shown


def test_one_press_leaves_out_whom_even_asking_is_doubtful_for(
    as_member: Any, acme: Account, emil: Member
) -> None:
    asked, agreed = make_people(acme, 2, country="DE")
    make_people(acme, 1)
    give_standing(agreed, newsletter="agreed")
    campaign = make_draft(acme, emil)
    page = as_member(emil)
    assert "Leave them out" in page.get(url("editor", campaign)).content.decode()
    assert page.post(url("leave_doubtful_out", campaign)).status_code == 302
    assert "Leave them out" not in page.get(url("editor", campaign)).content.decode()
    assert set(states(launched(now_of(campaign), emil))) == {"p2", "p3"}
    assert asked.pk
