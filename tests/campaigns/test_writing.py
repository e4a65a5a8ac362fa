"""Writing a newsletter: blocks, pictures, templates, previews, chips, checks."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from campaigns.composing import blocks, pictures
from campaigns.launching.chips import chips_of
from campaigns.launching.editing.samples import SAMPLES
from campaigns.launching.lacking import lacking
from campaigns.launching.readiness import known_fields_of
from campaigns.models import Campaign, Picture
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import add_segment, make_draft, make_people
from tests.making import make_segment

HTMX = {"HTTP_HX_REQUEST": "true"}


def url(name: str, campaign: Campaign, *more: Any) -> str:
    return reverse(f"campaigns:{name}", args=[campaign.account_id, campaign.pk, *more])


def now_of(campaign: Campaign) -> Campaign:
    with use_account(campaign.account_id):
        found: Campaign = Campaign.objects.for_account(campaign.account_id).get(pk=campaign.pk)
    return found


def stored(campaign: Campaign) -> tuple[blocks.Block, ...]:
    return blocks.document_from(now_of(campaign).content).blocks


def octets(kind: str = "PNG", *, size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 120, 80)).save(out, kind, **options)
    return out.getvalue()


def with_picture(campaign: Campaign) -> str:
    """The id of a new, empty picture block."""
    with use_account(campaign.account_id):
        document = blocks.add(blocks.document_from(campaign.content), "picture")
        fields = {"content": blocks.as_data(document)}
        Campaign.objects.for_account(campaign.account_id).filter(pk=campaign.pk).update(**fields)
    return document.blocks[-1].id


def test_a_move_is_spoken_with_its_place(as_member: Any, acme: Account, emil: Member) -> None:
    campaign = make_draft(acme, emil)
    first = stored(campaign)[0]
    page = as_member(emil)
    down = {"block": first.id, "position": "1"}
    answer = page.post(url("move_block", campaign), down, **HTMX).content.decode()
    assert 'data-announce="Heading moved to 2 of 3"' in answer
    last = {"block": stored(campaign)[-1].id, "position": "3"}
    answer = page.post(url("move_block", campaign), last, **HTMX).content.decode()
    assert "Button stays at 3 of 3" in answer
    for label in ("Up", "Down", "Duplicate", "Delete"):
        assert f'aria-label="{label}"' in answer


def test_a_block_saves_itself_and_waits_quietly_for_what_is_not_ready(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    button = stored(campaign)[-1]
    page = as_member(emil)
    sent = {"label": "", "href": "https://shop.acme.example/", "align": "start", "auto": "1"}
    answer = page.post(url("change_block", campaign, button.id), sent, **HTMX)
    assert answer.status_code == 200
    assert "Not saved yet: Words on the button is missing." in answer.content.decode()
    assert stored(campaign)[-1] == button
    answer = page.post(
        url("change_block", campaign, button.id), sent | {"label": "To the shop"}, **HTMX
    )
    assert answer["HX-Reswap"] == "none"
    assert "Saved at" in answer.content.decode()
    assert 'id="block-was"' in answer.content.decode()
    assert stored(campaign)[-1].props["label"] == "To the shop"


def test_a_button_and_a_text_keep_that_clicks_on_their_links_are_not_counted(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign, page = make_draft(acme, emil), as_member(emil)
    button = stored(campaign)[-1]
    assert button.type == "button"
    edit = url("change_block", campaign, button.id)
    sent = {"label": "To the shop", "href": "https://shop.acme.example/", "align": "start"}
    box = 'id="block-track" name="track" value="off"'
    shown = page.post(edit, sent | {"track": "off"}, **HTMX).content.decode()
    assert f"{box} checked>Do not count clicks on this link</label>" in shown
    assert stored(campaign)[-1].props["track"] == "off"
    assert f"{box}>" in page.post(edit, sent, **HTMX).content.decode()
    assert stored(campaign)[-1].props["track"] == ""
    text = next(block for block in stored(campaign) if block.type == "text")
    typed = 'See <a href="https://a.example/" data-track="off">this</a>.'
    page.post(url("change_block", campaign, text.id), {"html": typed}, **HTMX)
    kept = next(block for block in stored(campaign) if block.type == "text")
    assert kept.props["html"] == f"<p>{typed}</p>"


def test_who_changed_a_block_meanwhile_is_told_and_both_versions_are_at_hand(
    as_member: Any, acme: Account, emil: Member, olga: Member
) -> None:
    campaign = make_draft(acme, emil)
    heading = stored(campaign)[0]
    sent = {"text": "Olga's", "level": "1", "align": "start"}
    edit = url("change_block", campaign, heading.id)
    page = as_member(emil)
    was = page.get(url("editor", campaign) + f"?block={heading.id}").context["blocks"][0].was
    as_member(olga).post(edit, sent | {"was": was})
    mine = sent | {"text": "Emil's", "was": was}
    answer = as_member(emil).post(edit, mine, **HTMX)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert f"{olga.user.display_name} changed this at" in shown
    assert f"Show {olga.user.display_name}’s version" in shown
    assert "Keep mine" in shown
    assert "Emil&#x27;s" in shown
    assert stored(campaign)[0].props["text"] == "Olga's"
    as_member(emil).post(edit, mine | {"mine": "1"}, **HTMX)
    assert stored(campaign)[0].props["text"] == "Emil's"


def test_a_mended_mistake_is_no_change_of_somebody_else(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    button = stored(campaign)[-1]
    edit = url("change_block", campaign, button.id)
    sent = {"label": "To the shop", "href": "javascript:alert(1)", "align": "start"}
    page = as_member(emil)
    answer = page.post(edit, sent, **HTMX)
    assert answer.status_code == 422
    was = re.search(r'name="was" id="block-was" value="(\w+)"', answer.content.decode())
    assert was
    mended = sent | {"href": "https://shop.acme.example/new", "was": was[1]}
    assert page.post(edit, mended, **HTMX).status_code == 200
    assert stored(campaign)[-1].props["href"] == "https://shop.acme.example/new"


def test_a_missing_postal_address_is_mended_in_the_settings(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    Account.objects.filter(pk=acme.pk).update(postal_address="")
    settings = reverse("marketing:settings_mail", args=[acme.pk])
    for page in (url("launch", campaign), url("editor", campaign) + "?check=1"):
        assert f'href="{settings}#id_postal_address"' in as_member(emil).get(page).content.decode()


def test_rich_text_of_the_editor_keeps_its_merge_fields(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    text = next(block for block in stored(campaign) if block.type == "text")
    html = '<p>Dear {{ contact.first_name | default: "friend" }}, <strong>hello</strong></p>'
    as_member(emil).post(url("change_block", campaign, text.id), {"html": html})
    assert next(b for b in stored(campaign) if b.type == "text").props["html"] == html


def test_an_uploaded_picture_is_shown_to_everybody_under_its_unguessable_name(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    block_id = with_picture(campaign)
    file = SimpleUploadedFile("../evil.png", octets(size=(2000, 500)))
    sent = {"file": file, "alt": "A red bike"}
    answer = as_member(emil).post(url("upload_picture", campaign, block_id), sent)
    assert answer.status_code == 302
    props = stored(campaign)[-1].props
    assert props["alt"] == "A red bike"
    with use_account(acme):
        picture = Picture.objects.for_account(acme).get()
    assert (picture.width, picture.height) == (1200, 300)
    assert props["src"] == pictures.address_of(picture)
    path = "/" + props["src"].split("/", 3)[3]
    shown = Client().get(path)
    assert shown.status_code == 200
    assert shown["Content-Type"] == "image/png"
    assert "immutable" in shown["Cache-Control"]
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert Client().get(path.replace(".png", ".jpg")).status_code == 404
    assert Client().get(path.replace(picture.name, "guessed")).status_code == 404


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "SVG is not shown"),
        (b"GIF89a<script>", "not a JPEG, PNG, GIF or WebP"),
        (b"%PDF-1.7", "not a JPEG, PNG, GIF or WebP"),
        (b"x" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_what_is_no_picture_is_refused_in_words_and_nothing_typed_is_lost(
    as_member: Any, acme: Account, emil: Member, content: bytes, why: str
) -> None:
    campaign = make_draft(acme, emil)
    block_id = with_picture(campaign)
    sent = {"file": SimpleUploadedFile("a.png", content), "alt": "What I typed"}
    answer = as_member(emil).post(url("upload_picture", campaign, block_id), sent)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert "What I typed" in answer.content.decode()
    with use_account(acme):
        assert not Picture.objects.for_account(acme).exists()


def test_a_picture_unfolds_to_a_limit_only() -> None:
    with pytest.raises(pictures.NotAPicture):
        pictures.encoded_picture(octets(size=(8000, 6000)))


def test_where_a_photo_was_taken_is_taken_out() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ana"
    content = octets("JPEG", exif=exif.tobytes())
    assert b"Camera of Ana" in content
    _, encoded, _ = pictures.encoded_picture(content)
    assert b"Camera of Ana" not in encoded


def test_a_new_campaign_starts_from_a_template(as_member: Any, acme: Account, emil: Member) -> None:
    page = as_member(emil)
    listed = page.get(reverse("campaigns:templates", args=[acme.pk])).content.decode()
    address = reverse("campaigns:new_campaign", args=[acme.pk])
    for sample in SAMPLES:
        assert sample.name in listed
        assert f'value="{sample.code}" checked' in page.get(
            f"{address}?template={sample.code}"
        ).content.decode().replace("\n", " ")
        page.post(address, {"name": f"From {sample.name}", "template": sample.code})
        with use_account(acme):
            made = Campaign.objects.for_account(acme).get(name=f"From {sample.name}")
            assert not blocks.faults_of(blocks.document_from(made.content), known_fields_of(acme))
        assert [b.type for b in stored(made)] == [kind for kind, _ in sample.pieces]
    wrong = page.post(address, {"name": "", "template": "news"})
    assert wrong.status_code == 422
    assert 'value="news" checked' in wrong.content.decode()


def test_chips_count_people_overlaps_and_who_is_left_out(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 2)
    make_people(acme, 3, country="DE")
    campaign = make_draft(acme, emil)
    with use_account(acme):
        rule = [{"field": "country", "operator": "is", "value": "DE"}]
        germans = make_segment(acme, "Germans", kind="rules", rules=rule)
        add_segment(campaign, germans)
        chips = chips_of(campaign)
        assert sorted(chips.inside.values()) == [3, 5]
        assert (chips.several, chips.left_out) == (3, 0)
    shown = as_member(emil).get(url("editor", campaign)).content.decode()
    assert "5 different people." in shown
    assert "3 are in both segments and counted once." in shown
    with use_account(acme):
        rows = campaign.segment_rows.for_account(acme)
        rows.filter(segment=germans).update(side="out")
        assert (chips_of(campaign).several, chips_of(campaign).left_out) == (0, 3)
    shown = as_member(emil).get(url("editor", campaign)).content.decode()
    assert "Left out: Germans, 3 people." in shown


def test_a_field_that_some_people_lack_is_counted_unless_words_stand_in(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 2, last_name="Petit")
    make_people(acme, 1, fields={"size": "XL"})
    subject = "{{ contact.last_name }} {{ contact.fields.size }}"
    campaign = make_draft(acme, emil, subject=subject)
    with use_account(acme):
        found = {lack.name: lack.people for lack in lacking(campaign)}
    assert found == {"Last name": 1, "Size": 2}
    shown = as_member(emil).get(url("editor", campaign)).content.decode()
    assert "Size is missing for 2 people: nothing stands there for them." in shown


def test_the_preview_shows_the_mail_as_any_contact_of_the_account(
    as_member: Any, acme: Account, velo: Account, emil: Member
) -> None:
    (person,) = make_people(acme, 1, first_name="Zoe")
    (foreign,) = make_people(velo, 1, first_name="Yves")
    campaign = make_draft(acme, emil)
    page = as_member(emil)
    found = page.get(url("preview_people", campaign), {"as": "p1@"}).content.decode()
    assert person.address in found
    preview = url("preview", campaign, "desktop")
    assert "Hello Zoe" in page.get(preview, {"contact": person.pk}).content.decode()
    assert page.get(preview, {"contact": foreign.pk}).status_code == 404
    assert page.get(preview, {"contact": "x"}).status_code == 404


def test_what_keeps_a_campaign_from_launch_is_said_on_top_and_at_its_field(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil, subject="", sender=None)
    page = as_member(emil)
    plain = page.get(url("editor", campaign)).content.decode()
    assert "things before you can launch" not in plain
    shown = page.get(url("editor", campaign) + "?check=1").content.decode()
    assert "Two things before you can launch" in shown
    assert 'href="#id_subject"' in shown
    assert 'id="id_subject_error"' in shown
    assert 'id="id_sender_error"' in shown
    dialog = page.get(url("launch", campaign), **HTMX).content.decode()
    assert "?check=1#id_subject" in dialog


def test_a_new_block_is_not_marked_wrong_before_anything_was_written(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    page = as_member(emil)
    added = page.post(url("add_block", campaign), {"type": "button"}, **HTMX)
    shown = added.content.decode()
    assert "aria-invalid" not in shown
    assert "field-error" not in shown
    assert "to finish" not in shown  # it is open: "editing"
    assert "Button 2: fill it in, or delete it" in shown
    assert 't-red"' not in shown.partition('id="checks"')[2]
    [*_, block] = stored(campaign)
    saved = page.post(url("change_block", campaign, block.id), {"label": "", "href": ""}, **HTMX)
    assert saved.status_code == 422
    assert "Words on the button is missing." in saved.content.decode()


def test_what_keeps_back_a_launch_names_its_block_and_leads_into_it(
    as_member: Any, acme: Account, emil: Member
) -> None:
    document = blocks.document_from(make_draft(acme, emil).content)
    for href in ("https://acme.example/", "not a link"):
        document = blocks.add(document, "button", props={"label": "Go", "href": href})
    campaign = make_draft(acme, emil, content=blocks.as_data(document))
    wrong = document.blocks[-1].id
    shown = as_member(emil).get(url("launch", campaign)).content.decode()
    leads = f"{url('editor', campaign)}?check=1&amp;block={wrong}#block-{wrong}"
    assert re.search(rf'href="{re.escape(leads)}">Button 3: ', shown)
    opened = as_member(emil).get(f"{url('editor', campaign)}?check=1&block={wrong}")
    assert 'id="block-href-error"' in opened.content.decode()


def test_what_is_missing_is_grey_until_somebody_wants_to_launch(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign, page = make_draft(acme, emil, subject=""), as_member(emil)
    before = page.get(url("editor", campaign)).content.decode().partition('id="checks"')[2]
    assert 't-red"' not in before
    assert "Write a subject" in before
    after = page.get(url("editor", campaign) + "?check=1").content.decode()
    assert 't-red"' in after.partition('id="checks"')[2]


def test_a_name_over_its_limit_is_refused_in_words_instead_of_cut(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign, page = make_draft(acme, emil), as_member(emil)
    shown = page.get(url("editor", campaign)).content.decode()
    assert "maxlength" not in shown
    sent = {"version": campaign.version, "name": "n" * 134, "subject": "News"}
    refused = page.post(url("save_sender", campaign), sent, **HTMX)
    assert refused.status_code == 422
    said = refused.content.decode()
    assert "At most 120 characters are possible; this has 134." in said
    assert "n" * 134 in said
    made = page.post(reverse("campaigns:new_campaign", args=[acme.pk]), {"name": "n" * 134})
    assert made.status_code == 422
    assert "this has 134" in made.content.decode()


def test_the_subject_says_how_to_greet_by_name(as_member: Any, acme: Account, emil: Member) -> None:
    shown = as_member(emil).get(url("editor", make_draft(acme, emil))).content.decode()
    assert "{{ contact.first_name | default: &quot;friend&quot; }}" in shown


def test_the_inbox_line_is_filled_in_and_its_letters_are_counted(
    as_member: Any, acme: Account, emil: Member
) -> None:
    subject = 'Hallo {{ contact.first_name | default: "Freund" }}, Herbst ist da'
    preheader = "For {{ contact.last_name }}"
    campaign, page = make_draft(acme, emil, subject=subject, preheader=preheader), as_member(emil)
    shown = page.get(url("editor", campaign)).content.decode()
    assert "<strong>Hallo Ana, Herbst ist da</strong>" in shown
    assert "For Example</span>" in shown
    assert "24 characters. Fits on most phones." in shown
    wrong = page.get(url("editor", make_draft(acme, emil, subject="Hi {{ x"))).content.decode()
    assert "<strong>Hi {{ x</strong>" in wrong


def test_what_a_blank_page_begins_with_is_doubted_until_it_is_written_over(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign, page = make_draft(acme, emil), as_member(emil)
    heading, text = stored(campaign)[:2]
    side = page.get(url("editor", campaign)).content.decode().partition('id="checks"')[2]
    assert "Heading still says “Your news”" in side
    assert "Text still says “Write here.”" in side
    assert f"block={text.id}#block-{text.id}" in side
    page.post(url("change_block", campaign, heading.id), {"text": "Winter", "level": "1"})
    page.post(url("change_block", campaign, text.id), {"html": "<p>Skis are here.</p>"})
    side = page.get(url("editor", campaign)).content.decode().partition('id="checks"')[2]
    assert "still says" not in side


def test_a_wrong_tag_in_the_preheader_keeps_back_the_launch_with_its_remedy(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil, preheader="For {{ contact.firstname }}")
    shown = as_member(emil).get(url("editor", campaign) + "?check=1").content.decode()
    said = "Preheader: There is no field contact.firstname. Did you mean contact.first_name?"
    assert said in shown
    assert 'href="#id_preheader"' in shown
