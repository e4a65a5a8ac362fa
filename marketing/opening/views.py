"""Home: the setup steps until they are done or hidden, then what is going on."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from marketing.access import MemberRequest, may, member_view
from marketing.opening.needing import things_to_do
from marketing.opening.setup import Step, hide_setup, remember_form, setup_steps
from marketing.rules.deciding import rule_for
from marketing.rules.wording import consent_in_short, place_of, tracking_in_short


@require_GET
@member_view("see")
def home(request: MemberRequest) -> HttpResponse:
    """Setup and the rules of the country, else what needs somebody; campaigns are a fragment."""
    account = request.member.account
    steps = [] if account.setup_hidden_at else setup_steps(account)
    done = sum(step.is_done for step in steps)
    page: dict[str, Any] = {"shows_setup": done < len(steps)}
    if page["shows_setup"]:
        page |= _setup_page(request, steps) | {"done": done}
    else:
        page |= {"things": things_to_do(request.member)}
    return render(request, "marketing/home.html", page)


def _setup_page(request: MemberRequest, steps: list[Step]) -> dict[str, Any]:
    member = request.member
    account = member.account
    rule = rule_for(account.country)
    open_steps = [step for step in steps if not step.is_done and may(member, step.right)]
    return {
        "steps": [(step, step in open_steps) for step in steps],
        "next_step": open_steps[0] if open_steps else None,
        "may_hide": may(member, "edit_settings"),
        "place": place_of(account.country),
        "consent_rule": consent_in_short(rule, is_on=account.consent),
        "tracking_rule": tracking_in_short(rule, is_on=account.tracking),
    }


@require_POST
@member_view("edit_forms")
def setup_form(request: MemberRequest) -> HttpResponse:
    """Go and look at the consent form; the step is done."""
    remember_form(request.member.account)
    return redirect("consent:form_first", request.member.account_id)


@require_POST
@member_view("edit_settings")
def setup_hide(request: MemberRequest) -> HttpResponse:
    """Hide the setup card for everybody in the account."""
    hide_setup(request.member.account, by=request.member)
    messages.success(request, "Setup is hidden. Everything in it is also in the menu.")
    return redirect("marketing:home", request.member.account_id)
