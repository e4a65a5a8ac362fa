"""What a campaign's mail is made of: its frame and compiled templates, and what launch freezes."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from campaigns.composing import blocks
from campaigns.composing.framing import Frame, words_in
from campaigns.composing.links import targets_of
from campaigns.composing.models import Campaign
from campaigns.composing.rendering import MailTemplate, mail_template
from campaigns.composing.tags import has_tags
from campaigns.measuring.marking import marked, marks_of
from marketing.models import Account


@dataclass(frozen=True, slots=True)
class FrozenLink:
    """One tracked link: its number selects the stored target."""

    number: int
    target: str
    label: str
    words: str
    has_merge_tags: bool


@dataclass(frozen=True, slots=True)
class Frozen:
    """Both parts as the author wrote them, UTM added; sending rewrites links per person."""

    html: str
    text: str
    links: tuple[FrozenLink, ...]


def own_hosts() -> frozenset[str]:
    """Hosts of our own pages: their links are never tracked."""
    hosts = {urlsplit(url).hostname for url in (settings.SITE_URL, settings.TRACKING_URL)}
    return frozenset(host for host in hosts if host)


def frame_of(campaign: Campaign, account: Account, *, forces_dark: bool = False) -> Frame:
    """The frame around the blocks, nothing tracked."""
    words = words_in(campaign.language)
    return Frame(
        company=account.name,
        postal_address=account.postal_address,
        reason=words.contact.replace("{company}", account.name),
        agreed=words.agreed.replace("{company}", account.name),
        subject=campaign.subject,
        preheader=campaign.preheader,
        language=campaign.language,
        forces_dark=forces_dark,
    )


def template_of(campaign: Campaign, account: Account, *, forces_dark: bool = False) -> MailTemplate:
    """The campaign's content compiled as it stands now."""
    frame = frame_of(campaign, account, forces_dark=forces_dark)
    document = blocks.document_from(campaign.content)
    marks = marks_of(campaign)
    return mail_template(
        document, frame, own_hosts=own_hosts(), mark=lambda url: marked(url, marks)
    )


def freeze(campaign: Campaign, account: Account) -> Frozen:
    """What launch stores: from here the campaign's blocks are not looked at any more."""
    template = template_of(campaign, account)
    links = tuple(
        FrozenLink(number, link.target, link.label, link.words, has_tags(link.target))
        for number, link in sorted(targets_of(list(template.links)).items())
    )
    return Frozen(html=template.html, text=template.text, links=links)
