"""Senders are removed when nothing uses them; the logo is re-encoded, shown and removed."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from campaigns.composing.drafting import new_campaign
from campaigns.models import Campaign
from marketing.models import AuditLine, Logo, Member, Sender
from marketing.tenancy import use_account
from tests.making import make_sender

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(kind: str, size: tuple[int, int]) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "#3651d4").save(written, kind)
    return written.getvalue()


def upload(client: Any, member: Member, content: bytes, name: str = "logo.png") -> Any:
    url = reverse("marketing:logo", args=[member.account_id])
    return client.post(url, {"file": SimpleUploadedFile(name, content)})


def logos(member: Member) -> list[Logo]:
    with use_account(member.account):
        return list(Logo.objects.for_account(member.account))


def acts(member: Member) -> list[str]:
    with use_account(member.account):
        lines = AuditLine.objects.for_account(member.account).order_by("id")
        return list(lines.values_list("act", flat=True))


def test_unused_sender_is_removed_with_one_line(as_member: Any, olga: Member) -> None:
    with use_account(olga.account):
        sender = make_sender(olga.account)
    url = reverse("marketing:sender_remove", args=[olga.account_id, sender.pk])
    as_member(olga).post(url)
    with use_account(olga.account):
        assert not Sender.objects.for_account(olga.account).exists()
    assert acts(olga) == ["sender.removed"]


def test_sender_of_a_campaign_stays_and_the_page_says_why(as_member: Any, olga: Member) -> None:
    with use_account(olga.account):
        sender = make_sender(olga.account)
        campaign = new_campaign(olga.account, by=olga, name="June")
        Campaign.objects.for_account(olga.account).filter(pk=campaign.pk).update(sender=sender)
    url = reverse("marketing:sender_remove", args=[olga.account_id, sender.pk])
    page = as_member(olga).post(url, follow=True)
    assert "used by a campaign" in page.content.decode()
    with use_account(olga.account):
        assert Sender.objects.for_account(olga.account).exists()
    assert acts(olga) == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_logo_becomes_a_png_that_fits(as_member: Any, olga: Member, kind: str) -> None:
    client = as_member(olga)
    assert upload(client, olga, picture(kind, (1600, 300))).status_code == 302
    [logo] = logos(olga)
    assert (logo.width, logo.height) == (400, 75)
    answer = client.get(reverse("marketing:logo", args=[olga.account_id]))
    assert answer.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (400, 75)
    page = client.get(reverse("marketing:settings_mail", args=[olga.account_id])).content.decode()
    assert 'alt="Logo of Acme Bikes"' in page


def test_logo_is_replaced_and_removed(as_member: Any, olga: Member) -> None:
    client = as_member(olga)
    upload(client, olga, picture("PNG", (40, 40)))
    upload(client, olga, picture("PNG", (60, 30)))
    assert [(logo.width, logo.height) for logo in logos(olga)] == [(60, 30)]
    client.post(reverse("marketing:logo_remove", args=[olga.account_id]))
    assert logos(olga) == []
    assert client.get(reverse("marketing:logo", args=[olga.account_id])).status_code == 404
    assert acts(olga) == ["logo.changed", "logo.changed", "logo.removed"]


@pytest.mark.parametrize(
    "content",
    [SVG, b"", b"GIF89a", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n" + b"0" * 40, b"0" * 2_100_000],
)
def test_what_is_no_picture_is_refused_at_the_field(
    as_member: Any, olga: Member, content: bytes
) -> None:
    answer = upload(as_member(olga), olga, content)
    assert answer.status_code == 422
    assert answer.context["logo_form"].errors.keys() == {"file"}
    assert logos(olga) == []
