"""The blocks of a draft: add, change, move, duplicate, remove; the preview follows."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from campaigns.composing import blocks, drafting
from campaigns.composing.pictures import NotAPicture, address_of, store_picture
from campaigns.composing.rich import rich_from_typed
from campaigns.launching.editing.block_lines import fingerprint, place_of
from campaigns.launching.editing.page import Shown
from campaigns.launching.editing.views import answer, changed_by
from campaigns.launching.readiness import known_fields_of
from campaigns.launching.showing.finding import campaign_of
from campaigns.models import Campaign
from marketing.access import MemberRequest, member_view

Edit = Callable[[blocks.Document], blocks.Document]


def while_editable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """After a launch in another tab nothing is changed: the card says so, with what was typed."""

    @wraps(view)
    def guarded(request: MemberRequest, campaign_id: int, **more: Any) -> HttpResponse:
        campaign = campaign_of(request, campaign_id)
        if campaign.state in Campaign.EDITABLE:
            return view(request, campaign_id, **more)
        block_id = more.get("block_id", "")
        typed = _typed(request, _found(campaign, block_id)[1]) if block_id else {}
        said = changed_by(campaign, request.member)
        shown = Shown(block_id, typed if any(typed.values()) else {}, said, is_wrong=True)
        return answer(request, campaign, "content", shown=shown)

    return guarded


@require_POST
@member_view("edit_campaigns")
@while_editable
def add_block(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """A new block at the end, opened for editing."""
    campaign = campaign_of(request, campaign_id)
    kind = request.POST.get("type", "")
    document = _stored(request, campaign, lambda document: blocks.add(document, kind))
    count = len(document.blocks)
    said = f"{kind.capitalize()} added as {count} of {count}"
    shown = Shown(selected=document.blocks[-1].id, announce=said)
    return answer(request, campaign, "content", shown=shown)


@require_POST
@member_view("edit_campaigns")
@while_editable
def change_block(request: MemberRequest, campaign_id: int, block_id: str) -> HttpResponse:
    """Save the fields of one block; what is wrong comes back at its field, nothing stored.

    While its author still types (`auto`), what is not ready yet is said beside the saved time only.
    """
    campaign = campaign_of(request, campaign_id)
    document, block = _found(campaign, block_id)
    typed = _typed(request, block)
    is_auto = bool(request.POST.get("auto"))
    if request.POST.get("was", "") not in ("", fingerprint(block)) and "mine" not in request.POST:
        shown = Shown(
            block_id, typed, elsewhere=changed_by(campaign, request.member), is_wrong=True
        )
        return answer(request, campaign, "content", shown=shown)
    changed = blocks.change(document, block_id, _props(block, typed))
    known = known_fields_of(request.member.account)
    faults = [fault for fault in blocks.faults_of(changed, known) if fault.block_id == block_id]
    if faults and is_auto:
        return render(request, "campaigns/not_yet.html", {"why": faults[0].text})
    if faults:
        campaign.content = blocks.as_data(changed)
        shown = Shown(block_id, typed, is_wrong=True, was=fingerprint(block))
        return answer(request, campaign, "content", shown=shown)
    _stored(request, campaign, lambda _: changed)
    return answer(request, campaign, "content", shown=Shown(block_id, is_in_place=is_auto))


@require_POST
@member_view("edit_campaigns")
@while_editable
def upload_picture(request: MemberRequest, campaign_id: int, block_id: str) -> HttpResponse:
    """Keep a picture of this account and show it in the block; its words stay as typed."""
    campaign = campaign_of(request, campaign_id)
    _, block = _found(campaign, block_id)
    file = request.FILES.get("file")
    typed = {name: value for name, value in _typed(request, block).items() if value}
    try:
        if block.type != "picture" or file is None:
            raise NotAPicture("Choose a picture first.")
        picture = store_picture(file.read(), by=request.member)
    except NotAPicture as refused:
        shown = Shown(block_id, typed | {"upload": str(refused)}, is_wrong=True)
        return answer(request, campaign, "content", shown=shown)
    props = typed | {"src": address_of(picture)}
    _stored(request, campaign, lambda document: blocks.change(document, block_id, props))
    shown = Shown(block_id, announce="Picture added. Describe it for people who do not see it.")
    return answer(request, campaign, "content", shown=shown)


@require_POST
@member_view("edit_campaigns")
@while_editable
def move_block(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """To another place, by the arrow buttons or by dragging."""
    campaign = campaign_of(request, campaign_id)
    block_id, position = request.POST.get("block", ""), request.POST.get("position", "")
    to = int(position) if position.isdecimal() and len(position) < 5 else 0
    before, block = _found(campaign, block_id)
    moved = _stored(request, campaign, lambda document: blocks.move(document, block_id, to=to))
    said = place_of(moved, block_id, was=before.blocks.index(block))
    return answer(request, campaign, "content", shown=Shown(block_id, announce=said))


@require_POST
@member_view("edit_campaigns")
@while_editable
def duplicate_block(request: MemberRequest, campaign_id: int, block_id: str) -> HttpResponse:
    """A copy right below, opened."""
    campaign = campaign_of(request, campaign_id)
    copied = _stored(request, campaign, lambda document: blocks.duplicate(document, block_id))
    place = copied.blocks.index(blocks.block_of(copied, block_id)) + 1
    copy = copied.blocks[place]
    said = f"{copy.type.capitalize()} duplicated as {place + 1} of {len(copied.blocks)}"
    return answer(request, campaign, "content", shown=Shown(copy.id, announce=said))


@require_POST
@member_view("edit_campaigns")
@while_editable
def remove_block(request: MemberRequest, campaign_id: int, block_id: str) -> HttpResponse:
    """Take a block out."""
    campaign = campaign_of(request, campaign_id)
    before, block = _found(campaign, block_id)
    left = _stored(request, campaign, lambda document: blocks.remove(document, block_id)).blocks
    place = min(before.blocks.index(block), len(left) - 1)
    said = f"{block.type.capitalize()} deleted, {len(left)} left"
    shown = Shown(left[place].id if left else "", announce=said)
    return answer(request, campaign, "content", shown=shown)


def _found(campaign: Campaign, block_id: str) -> tuple[blocks.Document, blocks.Block]:
    document = blocks.document_from(campaign.content)
    try:
        return document, blocks.block_of(document, block_id)
    except KeyError as missing:
        raise Http404 from missing


def _typed(request: MemberRequest, block: blocks.Block) -> dict[str, str]:
    return {prop.name: request.POST.get(prop.name, "") for prop in blocks.PROPS[block.type]}


def _props(block: blocks.Block, typed: Mapping[str, str]) -> dict[str, str]:
    if block.type != "text":
        return dict(typed)
    return {**typed, "html": rich_from_typed(typed["html"])}


def _stored(request: MemberRequest, campaign: Campaign, edit: Edit) -> blocks.Document:
    """Edit the stored document against its own version; 404 for an unknown block or type."""
    try:
        document = edit(blocks.document_from(campaign.content))
        fields = {"content": blocks.as_data(document)}
        drafting.save(campaign, version=campaign.version, fields=fields, by=request.member)
    except (KeyError, blocks.NotADocument, drafting.ChangedElsewhere) as gone:
        raise Http404 from gone
    return document
