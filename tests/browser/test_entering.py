"""Signing up, logging in, a new password."""

import re

from playwright.sync_api import Page, expect

from tests.browser.acting import log_in
from tests.browser.houses import NUMBERS, House
from tests.browser.postbox import Postbox
from tests.browser.surfing import axe, axe_everywhere

STRONG = "not-easy-to-guess-7"


def sign_up(page: Page, email: str, *, password: str) -> None:
    page.get_by_label("Company", exact=True).fill("Birch Bikes")
    page.get_by_label("Country of your company").select_option("US")
    page.get_by_label("Work email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Create account").click()


def test_a_company_signs_up_and_arrives_at_its_rules(page: Page, site: str) -> None:
    email = f"maker{next(NUMBERS)}@birch.example"
    page.goto("/accounts/signup/")
    axe_everywhere(page)
    page.get_by_label("Country of your company").select_option("FR")
    expect(page.get_by_text("France: people are asked before their first")).to_be_visible()
    with page.expect_response(lambda reply: reply.request.method == "POST") as refused:
        sign_up(page, email, password="12345678")
    assert refused.value.status == 422
    field = page.get_by_label("Password")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Company", exact=True)).to_have_value("Birch Bikes")
    expect(page.get_by_label("Country of your company")).to_have_value("US")
    axe(page)
    sign_up(page, email, password=STRONG)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")
    expect(page.get_by_role("heading", name="Rules for the United States")).to_be_visible()
    axe_everywhere(page)


def test_a_wrong_password_does_not_say_which_field_was_wrong(page: Page, bikes: House) -> None:
    page.goto("/accounts/login/")
    axe_everywhere(page)
    email = bikes.owner.user.email
    said = []
    for address in (email, "nobody@nowhere.example"):
        page.get_by_label("Work email").fill(address)
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        said.append(page.get_by_role("alert").inner_text())
        expect(page.get_by_label("Work email")).to_have_value(address)
    assert said[0] == said[1]
    axe(page)
    log_in(page, email)
    expect(page.get_by_role("main")).to_be_visible()


def test_tab_goes_from_the_address_to_the_password_and_only_then_to_forgot_it(
    page: Page, site: str
) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Work email").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Forgot it?")).to_be_focused()


def test_a_forgotten_password_is_set_anew_by_a_mail(
    page: Page, bikes: House, postbox: Postbox
) -> None:
    email = bikes.owner.user.email
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Forgot it?").click()
    axe(page)
    page.get_by_label("Work email").fill(email)
    page.get_by_role("button", name="Mail me a link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    axe(page)
    found = re.search(r"https?://\S+", postbox.wait(email).text)
    assert found is not None
    page.goto(found[0])
    axe(page)
    page.get_by_label("password").first.fill(STRONG)
    if page.get_by_label("password").count() > 1:
        page.get_by_label("password").last.fill(STRONG)
    page.get_by_role("button", name="Save the new password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your password is changed")
    log_in(page, email, password=STRONG)
