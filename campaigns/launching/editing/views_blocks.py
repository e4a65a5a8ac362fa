"""The blocks of a draft: add, change, move, duplicate, remove; the preview follows."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from campaigns.composing import blocks, drafting
from campaigns.composing.typing import rich_from_typed
from campaigns.launching.editing.views import answer
from campaigns.launching.readiness import known_fields_of
from campaigns.launching.showing.finding import campaign_of
from campaigns.models import Campaign
from marketing.access import MemberRequest, member_view

Edit = Callable[[blocks.Document], blocks.Document]


@require_POST
@member_view("edit_campaigns")
def add_block(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """A new block at the end, opened for editing."""
    campaign = campaign_of(request, campaign_id)
    kind = request.POST.get("type", "")
    document = _stored(campaign, lambda document: blocks.add(document, kind))
    return answer(request, campaign, "content", selected=document.blocks[-1].id)


@require_POST
@member_view("edit_campaigns")
def change_block(request: MemberRequest, campaign_id: int, block_id: str) -> HttpResponse:
    """Save the fields of one block; what is wrong comes back at its field, nothing stored."""
    campaign = campaign_of(request, campaign_id)
    document = blocks.document_from(campaign.content)
    try:
        block = blocks.block_of(document, block_id)
    except KeyError as missing:
        raise Http404 from missing
    typed = {prop.name: request.POST.get(prop.name, "") for prop in blocks.PROPS[block.type]}
    props = dict(typed)
    if block.type == "text":
        props["html"] = rich_from_typed(typed["html"])
    changed = blocks.change(document, block_id, props)
    known = known_fields_of(request.member.account)
    if any(fault.block_id == block_id for fault in blocks.faults_of(changed, known)):
        campaign.content = blocks.as_data(changed)
        return answer(request, campaign, "content", selected=block_id, typed=typed, is_wrong=True)
    _stored(campaign, lambda _: changed)
    return answer(request, campaign, "content", selected=block_id)


@require_POST
@member_view("edit_campaigns")
def move_block(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """To another place, by the arrow buttons or by dragging."""
    campaign = campaign_of(request, campaign_id)
    block_id, position = request.POST.get("block", ""), request.POST.get("position", "")
    to = int(position) if position.isdecimal() and len(position) < 5 else 0
    _stored(campaign, lambda document: blocks.move(document, block_id, to=to))
    return answer(request, campaign, "content", selected=block_id)


@require_POST
@member_view("edit_campaigns")
def duplicate_block(request: MemberRequest, campaign_id: int, block_id: str) -> HttpResponse:
    """A copy right below."""
    campaign = campaign_of(request, campaign_id)
    _stored(campaign, lambda document: blocks.duplicate(document, block_id))
    return answer(request, campaign, "content", selected=block_id)


@require_POST
@member_view("edit_campaigns")
def remove_block(request: MemberRequest, campaign_id: int, block_id: str) -> HttpResponse:
    """Take a block out."""
    campaign = campaign_of(request, campaign_id)
    _stored(campaign, lambda document: blocks.remove(document, block_id))
    return answer(request, campaign, "content")


def _stored(campaign: Campaign, edit: Edit) -> blocks.Document:
    """Edit the stored document against its own version; 404 for an unknown block or type."""
    try:
        document = edit(blocks.document_from(campaign.content))
        fields = {"content": blocks.as_data(document)}
        drafting.save(campaign, version=campaign.version, fields=fields)
    except (KeyError, blocks.NotADocument, drafting.ChangedElsewhere) as gone:
        raise Http404 from gone
    return document
