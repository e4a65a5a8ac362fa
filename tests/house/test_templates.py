"""Templates keep the house rules: strict policy, real links, known icons, public pages bare."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.template.loader import get_template, render_to_string

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
FRONTEND = ROOT / "frontend"

STYLE_OR_HANDLER = re.compile(r"<[a-z][^>]*?\s(?:style|on[a-z]+|hx-on[^=\s]*)\s*=", re.I)
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style\b", re.I)
FOREIGN_HOST = re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""", re.I)
ICON = re.compile(r"""icon\.html" with name="([^"]+)\"|icons\.svg' %}#([a-z0-9-]+)["']""")
REQUEST = re.compile(r"<[a-z][^>]*?\shx-(?:get|post|put|delete)=[^>]*>", re.I)

TEXT = SimpleNamespace(
    subject="News from Vélo Lyon?",
    question="May we send you our newsletter?",
    text="Once a month.\nYou can stop at any time.",
    yes="Yes, send me the newsletter",
    no="No, thank you",
    tracking_question="You may measure whether I open your mails",
    language="en",
)


def sources(folder: str = "", *, pattern: str = "*.html") -> Iterator[tuple[str, str]]:
    """(name, text without comments) of the templates in a folder."""
    for path in sorted((TEMPLATES / folder).rglob(pattern)):
        text = path.read_text(encoding="utf-8")
        yield (
            str(path.relative_to(TEMPLATES)),
            re.sub(r"{% comment %}.*?{% endcomment %}", "", text, flags=re.S),
        )


def pages() -> Iterator[tuple[str, str]]:
    """Everything a browser gets; mails need their inline styles."""
    return ((name, text) for name, text in sources() if not name.startswith("email/"))


def icons() -> set[str]:
    sprite = (FRONTEND / "icons.svg").read_text(encoding="utf-8")
    return set(re.findall(r'<symbol id="([^"]+)"', sprite))


def states() -> dict[str, list[str]]:
    loaded: dict[str, list[str]] = json.loads((FRONTEND / "states.json").read_text())
    return loaded


def offenders(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    return [(name, found.group(0)) for name, text in pages() for found in pattern.finditer(text)]


@pytest.mark.parametrize("name", [name for name, _ in sources()])
def test_every_template_compiles(name: str) -> None:
    get_template(name)


def test_no_page_has_a_style_attribute_or_handler() -> None:
    assert offenders(STYLE_OR_HANDLER) == []


def test_no_page_has_an_inline_script_or_style() -> None:
    assert offenders(INLINE_SCRIPT) == []


def test_nothing_loads_from_or_posts_to_another_host() -> None:
    assert offenders(FOREIGN_HOST) == []


def test_htmx_targets_stand_on_the_element_itself() -> None:
    plain = [
        (name, found.group(0)[:80])
        for name, text in pages()
        for found in REQUEST.finditer(re.sub(r"{%.*?%}", "", text))
        if "hx-target" not in found.group(0) and "hx-swap" not in found.group(0)
    ]
    assert plain == []


def test_every_named_icon_is_in_the_sprite() -> None:
    named = {
        (name, first or second)
        for name, text in pages()
        for first, second in ICON.findall(text)
        if not (first or second).startswith("state-")
    }
    assert {pair for pair in named if pair[1] not in icons()} == set()


def test_every_state_has_a_known_icon_and_family() -> None:
    sheet = (FRONTEND / "css" / "assent.css").read_text(encoding="utf-8")
    families = set(re.findall(r"^\.t-([a-z]+) ", sheet, flags=re.M))
    wrong = {
        state: pair
        for state, pair in states().items()
        if pair[0] not in families or pair[1] not in icons()
    }
    assert wrong == {}


def test_every_stored_state_has_a_badge() -> None:
    stored = {
        choice
        for model in apps.get_models()
        for kind in ("State", "Event", "Newsletter", "Tracking", "Reason")
        for choice in getattr(getattr(model, kind, None), "values", [])
        if choice
    }
    assert stored - set(states()) == set()


def test_every_component_names_its_inputs_and_is_listed() -> None:
    readme = (TEMPLATES / "components" / "README.md").read_text(encoding="utf-8")
    unlisted = {"shell_menu.html", "toast.html"}  # parts of base.html and toasts.html
    for path in sorted((TEMPLATES / "components").glob("*.html")):
        head = path.read_text(encoding="utf-8")[:200]
        assert "{% comment %}" in head, f"{path.name}: say what it needs"
        assert path.name in unlisted or f"`{path.name}`" in readme, path.name


# --- the pages of recipients -------------------------------------------------------------------


def confirm(*, ask_tracking: bool = True) -> str:
    return render_to_string(
        "public/confirm.html",
        {
            "company": "Vélo & Fils",
            "address": "ana@mail.example",
            "text": TEXT,
            "ask_tracking": ask_tracking,
            "token": "t",
        },
    )


def test_public_pages_carry_no_script_and_no_token() -> None:
    for name, text in [*sources("public"), ("base", (TEMPLATES / "base_public.html").read_text())]:
        assert "<script" not in text, name
        assert "csrf" not in text, name
        assert "hx-" not in text, name


def test_every_shell_names_the_icon_so_that_no_browser_looks_for_one_in_vain() -> None:
    # your_data.html is a file to keep, it loads nothing at all
    shells = {name: text for name, text in pages() if "<html" in text and "{% static" in text}
    assert "base_public.html" in shells
    assert [name for name, text in shells.items() if 'rel="icon"' not in text] == []


def test_public_sheet_stays_under_three_kilobytes() -> None:
    sheet = (FRONTEND / "css" / "public.css").read_text(encoding="utf-8")
    assert len(sheet.encode()) < 3072


def test_confirm_page_offers_yes_and_no_and_never_ticks_the_box() -> None:
    page = confirm()
    assert 'name="answer" value="yes">Yes, send me the newsletter</button>' in page
    assert 'name="answer" value="no">No, thank you</button>' in page
    assert '<input type="checkbox" name="tracking">' in page
    assert "Vélo &amp; Fils" in page
    assert "<title>May we send you our newsletter? · Vélo &amp; Fils</title>" in page


def test_confirm_page_asks_about_tracking_only_where_it_must() -> None:
    assert "checkbox" not in confirm(ask_tracking=False)


def test_thanks_page_spells_out_both_answers() -> None:
    page = render_to_string(
        "public/thanks.html",
        {"company": "Acme", "newsletter_text": "Yes, since today", "tracking": "no"},
    )
    assert "Yes, since today" in page
    assert re.search(r"Measuring opens and clicks</td><td>No<", page)


def test_preferences_from_a_mail_show_no_data_and_only_stop() -> None:
    page = render_to_string(
        "public/preferences.html",
        {
            "company": "Acme",
            "newsletter": "on",
            "tracking": True,
            "shows_data": False,
            "address": "ana@mail.example",
            "recorded": [("today", "You clicked")],
            "done": "",
        },
    )
    assert "ana@mail.example" not in page
    assert "You clicked" not in page
    assert page.count('name="stop"') == 2


def test_link_page_tells_nothing_about_anybody() -> None:
    page = render_to_string("public/link.html", {})
    assert "This link does not work any more" in page
    assert "<form" not in page


# --- the request mail --------------------------------------------------------------------------

MAIL = {
    "company": "Vélo & Fils",
    "postal_address": "1 rue du Test, 69000 Lyon",
    "text": TEXT,
    "why": "You left your address at our shop.",
    "answer_url": "https://assent.example/c/abc",
    "answer_by": "18 December 2026",
    "works_until": "18 November 2027",
    "leave_url": "https://assent.example/n/abc",
    "address": "ana@mail.example",
}


def test_request_mail_has_two_links_and_no_picture() -> None:
    mail = render_to_string("email/consent_request/body.html", MAIL)
    assert re.findall(r'href="([^"]+)"', mail) == [MAIL["answer_url"], MAIL["leave_url"]]
    assert "<img" not in mail
    assert "url(" not in mail


def test_request_mail_says_the_same_in_plain_text() -> None:
    plain = render_to_string("email/consent_request/body.txt", MAIL)
    html = render_to_string("email/consent_request/body.html", MAIL)
    for key in ("answer_url", "leave_url", "why", "answer_by", "works_until", "postal_address"):
        assert str(MAIL[key]) in plain
        assert str(MAIL[key]) in html
    assert "Vélo & Fils" in plain  # not escaped
    assert "Vélo &amp; Fils" in html


def test_request_mail_subject_is_one_unescaped_line() -> None:
    text = SimpleNamespace(**{**vars(TEXT), "subject": "Tom & Jerry's news?"})
    subject = render_to_string("email/consent_request/subject.txt", {"text": text})
    assert subject.strip() == "Tom & Jerry's news?"
    assert subject.count("\n") <= 1
