"""Home: the setup steps until they are done, then what is going on."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from marketing.access import MemberRequest, may, member_view
from marketing.opening.setup import setup_steps
from marketing.rules.deciding import rule_for
from marketing.rules.wording import consent_text, place_of, tracking_text


@require_GET
@member_view("see")
def home(request: MemberRequest) -> HttpResponse:
    """Welcome, setup, the rules of the country; campaigns come as a fragment from their room."""
    account = request.member.account
    rule = rule_for(account.country)
    steps = setup_steps(account)
    page = {
        "steps": steps,
        "done": sum(step.is_done for step in steps),
        "next_step": next((step for step in steps if not step.is_done), None),
        "may_set_up": may(request.member, "edit_settings"),
        "place": place_of(account.country),
        "tracking_text": tracking_text(rule, account.country),
        "consent_text": consent_text(rule, account.country),
    }
    return render(request, "marketing/home.html", page)
