"""Statistics and Recipients as people see them: chart and table agree, the map finds its links.

Pictures of both, light, dark and on a phone, lie in the test's folder, or in PICTURES.
"""

import json
import os
from pathlib import Path

from playwright.sync_api import Page, expect

from campaigns.models import Campaign, Counter
from marketing.tenancy import use_account
from tests.browser import surfing
from tests.browser.acting import log_in
from tests.browser.houses import House
from tests.crash.far_side import until
from tests.tracking.crowds import make_crowd
from tracking.folding.folding import fold
from tracking.folding.working import accounts_to_fold

PEOPLE = 240
SIZES = {"desk": (1360, 900), "phone": (390, 844), "narrow": (320, 800)}
HTML = (
    "<!doctype html><html><head><title>News</title></head><body><p>Hello {{ contact.first_name }}"
    "</p>"
    + "".join(f'<p><a href="https://shop.example/{n}">Shop {n}</a></p>' for n in range(1, 5))
    + '<p><a href="mailto:us@shop.example">Write</a></p></body></html>'
)
TABLE = """rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"""
IS_DRAWN = """canvas => {
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return data.some((value, at) => at % 4 === 3 && value > 0);
}"""


def measured_crowd(house: House) -> Campaign:
    """A sent campaign whose events are folded, by us or by the product's own worker."""
    with use_account(house.account):
        campaign = make_crowd(house.account, PEOPLE)
        Campaign.objects.for_account(house.account).filter(pk=campaign.pk).update(html=HTML)
    until(lambda: not _folds(house.account.pk), what="everything is folded")
    with use_account(house.account):
        assert Counter.objects.for_account(house.account).filter(campaign_id=campaign.pk).exists()
    return campaign


def _folds(account_id: int) -> bool:
    """Whether something still waits; one folding at a time, ours or the product's."""
    fold(account_id)
    return account_id in accounts_to_fold()


def pictures(page: Page, name: str, folder: Path) -> None:
    """Light, dark and narrow; nowhere wider than the window, nowhere an objection of axe."""
    surfing.axe_everywhere(page)
    for theme in ("light", "dark"):
        page.evaluate(surfing.THEME, theme)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            file = folder / f"{name}-{size}-{theme}.png"
            page.screenshot(path=file, full_page=True)
            assert file.stat().st_size > 10_000
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= width, f"{name}, {size}: {wide}"
    page.evaluate(surfing.THEME, "light")
    page.set_viewport_size({"width": 1360, "height": 900})


def chart_equals_table(page: Page, data_id: str) -> list[int]:
    """The sums of the series; what is drawn and what the table says are the same numbers."""
    canvas = page.locator(f'canvas[data-chart="{data_id}"]')
    expect(canvas).to_be_visible()
    page.wait_for_function(IS_DRAWN, arg=canvas.element_handle())
    data = json.loads(page.locator(f"#{data_id}").text_content() or "")
    rows = page.locator("#over-time tbody tr").evaluate_all(TABLE)
    told = [[int(cell.replace(",", "")) for cell in row[1:]] for row in rows]
    assert len(told) == len(data["labels"])
    drawn = [list(values) for values in zip(*(s["values"] for s in data["series"]), strict=True)]
    assert told == drawn
    return [sum(series["values"]) for series in data["series"]]


def test_statistics_agree_with_themselves_in_every_light_and_width(
    page: Page, bikes: House, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    campaign = measured_crowd(bikes)
    log_in(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/statistics/")
    chart_equals_table(page, "over-time-first")
    page.get_by_role("link", name="All days").click()
    expect(page.get_by_role("link", name="All days")).to_have_attribute("aria-current", "true")
    opened, clicked, _ = chart_equals_table(page, "over-time-all")
    cards = page.locator(".figures")
    expect(cards.get_by_role("link", name=f"Views: {opened} people")).to_be_visible()
    expect(cards.get_by_role("link", name=f"Clicks: {clicked} people")).to_be_visible()
    mail = page.frame_locator('iframe[name="click-map"]')
    spots = page.locator(".spots li")
    expect(spots).to_have_count(5)
    for number in range(1, 5):
        people = spots.nth(number - 1).get_by_role("link").nth(1).text_content()
        expect(mail.locator(f"#link-{number}")).to_contain_text(f"{people} · ")
    expect(mail.locator(".is-unmeasured")).to_have_text("not measured")
    page.locator(".spots").get_by_role("link", name="Link 3", exact=True).press("Enter")
    expect(mail.locator(":target")).to_have_id("link-3")
    pictures(page, "statistics", folder)


def test_recipients_are_readable_in_every_light_and_width(
    page: Page, bikes: House, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    campaign = measured_crowd(bikes)
    log_in(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/recipients/")
    expect(page.get_by_text("Machine only: a scanner or filter came")).to_be_visible()
    pictures(page, "recipients", folder)
    page.get_by_label("Opened").select_option("machine")
    expect(page.locator("#recipients-rows")).not_to_contain_text("Proxy only")
    for row in page.locator("#recipients-rows tbody tr").all():
        expect(row).to_contain_text("Machine only")
    page.locator("#recipients-rows .row-link").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("by a machine, not counted")
