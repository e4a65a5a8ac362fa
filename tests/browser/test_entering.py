"""Signing up, logging in, a new password."""

from playwright.sync_api import Page, expect

from tests.browser.surfing import axe


def test_a_company_signs_up_and_arrives_at_its_rules(page: Page, site: str) -> None:
    page.goto("/accounts/signup/")
    axe(page)
    page.get_by_label("Company", exact=True).fill("Birch Bikes")
    page.get_by_label("Country of your company").select_option("US")
    page.get_by_label("Work email").fill("maker@birch.example")
    page.get_by_label("Password").fill("not-easy-to-guess-7")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")
    axe(page)
