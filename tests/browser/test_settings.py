"""Settings > More: the owner saves and it is written down; others only look."""

import pytest
from playwright.sync_api import Page, expect

from marketing.models import AuditLine
from marketing.tenancy import use_account
from tests.browser.acting import log_in
from tests.browser.houses import House
from tests.browser.surfing import axe, axe_everywhere


def audit_lines(house: House) -> int:
    with use_account(house.account):
        return AuditLine.objects.for_account(house.account).count()


def test_the_owner_saves_more_and_it_is_in_the_audit_log(page: Page, bikes: House) -> None:
    log_in(page, bikes.owner.user.email)
    page.get_by_role("link", name="Settings", exact=True).click()
    axe(page)
    page.get_by_role("link", name="More", exact=True).click()
    tracking = page.get_by_role("switch", name="Email and link tracking")
    expect(tracking).to_be_checked()
    axe_everywhere(page)
    before = audit_lines(bikes)
    tracking.uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. In the audit log.")).to_be_visible()
    expect(tracking).not_to_be_checked()
    bikes.account.refresh_from_db()
    assert not bikes.account.tracking
    assert audit_lines(bikes) == before + 1
    page.get_by_role("link", name="Audit log").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log")
    expect(page.get_by_role("main")).to_contain_text("Olga Petit")
    axe_everywhere(page)


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_who_may_not_save_sees_more_without_save_and_a_forged_post_is_404(
    page: Page, bikes: House, role: str
) -> None:
    log_in(page, bikes.member(role))
    page.goto(f"{bikes.url}/settings/more/")
    expect(page.get_by_role("switch", name="Email and link tracking")).to_be_disabled()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    axe(page)
    before = audit_lines(bikes)
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    form: dict[str, str | float | bool] = {"csrfmiddlewaretoken": token, "consent": "on"}
    assert page.context.request.post(page.url, form=form).status == 404
    bikes.account.refresh_from_db()
    assert bikes.account.tracking
    assert not bikes.account.consent
    assert audit_lines(bikes) == before
